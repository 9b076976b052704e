package vmtestd;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import vmtestd.cleanup.Settings;
import vmtestd.node.ProcFs;
import vmtestd.redis.BrokerUrl;
import vmtestd.report.Notifiers.Channel;
import vmtestd.time.GoDuration;

/**
 * What the command line asks for, checked whole.
 *
 * @param mode what to do
 * @param root folder for the journal and locks, absolute
 * @param broker where the broker is
 * @param procfs where the node's {@code /proc} is, absolute
 * @param interval from the beginning of one run to that of the next
 * @param settings what a run tests
 * @param report where each run's result is told, beside the terminal or the log
 * @param listen where the daemon answers HTTP, not resolved yet; null for nowhere
 * @param mistakes what is wrong about {@code --report} and {@code --listen} of a daemon: it does without
 *     them, because a node must not go untested for that
 * @param debug whether all is logged
 * @param json whether the status is for programs
 */
record Options(Mode mode, Path root, BrokerUrl broker, Path procfs, Duration interval, Settings settings, Set<Channel> report,
        InetSocketAddress listen, List<String> mistakes, boolean debug, boolean json) {
    static final String VERSION = "0.2.0";

    /** What the program is to do. */
    enum Mode { DAEMON, ONCE, CHECK, STATUS, SWEEP, VERSION, HELP }

    private static final Duration SECOND = Duration.ofSeconds(1);
    /** A Delete that has to kill the VM, and as much again as half of it. */
    private static final Duration DELETE_TAKES = Duration.ofSeconds(15);
    private static final Duration MIN_BOOT = Duration.ofSeconds(5);
    private static final Duration MAX_BOOT = Duration.ofMinutes(10);
    private static final Duration DAY = Duration.ofHours(24);
    private static final long MIB = 1L << 20;
    private static final long MIN_MEMORY = 250 * MIB;
    private static final int MAX_PREFIX = 40;
    /** What has a host: a user part and a port may be with it. */
    private static final Pattern HOST = Pattern.compile("(?:.*@)?(?:\\[[0-9A-Fa-f:.%]+]|[^:@\\[\\]]+)(?::[0-9]*)?");

    /** Reads and checks a command line. */
    static Options parse(String... args) throws UsageException {
        Flags flags = new Flags(Usage.FLAGS, args);
        Mode mode = mode(flags);
        Settings settings = new Settings(
                url(flags, "flist"), url(flags, "kernel-flist"), prefix(flags), cpu(flags), memory(flags),
                duration(flags, "boot-timeout", MIN_BOOT, MAX_BOOT, "; 0 not to look"),
                duration(flags, "wait", Duration.ZERO, DAY), duration(flags, "timeout", SECOND, DAY),
                flags.isSet("keep"), mode == Mode.ONCE && flags.isSet("debug"));
        if (flags.isSet("json") && !Set.of(Mode.STATUS, Mode.HELP, Mode.VERSION).contains(mode)) {
            throw new UsageException("--json: legal with --status only");
        }
        if (flags.isSet("keep") && !Set.of(Mode.ONCE, Mode.HELP, Mode.VERSION).contains(mode)) {
            throw new UsageException("--keep: legal with --once only");
        }
        List<String> mistakes = new ArrayList<>();
        Set<Channel> report = tolerate(mode, mistakes, () -> report(flags, mode), Set.of());
        InetSocketAddress listen = tolerate(mode, mistakes, () -> listen(flags), null);
        return new Options(mode, directory(flags, "root"), broker(flags), directory(flags, "procfs"), duration(flags, "interval", SECOND, Duration.ofDays(365)),
                settings, report, listen, mistakes, flags.isSet("debug"), flags.isSet("json"));
    }

    /** What is legal but unlikely to be meant, and what a run has to do without, one sentence each. */
    List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        if (broker.warning() != null) {
            warnings.add("--broker: " + broker.warning());
        }
        if (settings.timeout().compareTo(DELETE_TAKES) < 0) {
            warnings.add("--timeout " + GoDuration.format(settings.timeout())
                    + " is short: vmd takes 6s for a Delete, and 10s if it has to kill the VM");
        }
        try {
            new ProcFs(procfs).ensureReadable(false);
        } catch (IOException e) {
            warnings.add("--procfs: " + e.getMessage() + "; whether a VM or mount is gone, vmd and flistd alone can tell");
        }
        return warnings;
    }

    /** For how long a result is of use to whom it was told: four times the interval. */
    Duration expiry() {
        return interval.plus(interval).plus(interval).plus(interval);
    }

    /** The flags that another command needs to find the same node, files and names; empty where those are the usual ones. */
    String nodeFlags() {
        StringBuilder flags = new StringBuilder();
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("root", root);
        values.put("broker", broker);
        values.put("name-prefix", settings.prefix());
        values.forEach((name, value) -> {
            if (!value.toString().equals(Usage.preset(name))) {
                String word = value.toString();
                boolean plain = word.matches("[A-Za-z0-9_/.:@%+=-]+");
                flags.append(" --").append(name).append(' ').append(plain ? word : "'" + word.replace("'", "'\\''") + "'");
            }
        });
        return flags.toString();
    }

    private static Mode mode(Flags flags) throws UsageException {
        if (flags.isSet("help") || flags.isSet("h")) {
            return Mode.HELP;
        }
        if (flags.isSet("version")) {
            return Mode.VERSION;
        }
        Mode asked = Mode.DAEMON;
        for (Mode mode : List.of(Mode.ONCE, Mode.CHECK, Mode.STATUS, Mode.SWEEP)) {
            if (!flags.isSet(mode.name().toLowerCase(Locale.ROOT))) {
                continue;
            }
            if (asked != Mode.DAEMON) {
                throw new UsageException("--once, --check, --status, --sweep: one at a time is legal");
            }
            asked = mode;
        }
        return asked;
    }

    private interface Parse<T> {
        T parse() throws UsageException;
    }

    private static <T> T tolerate(Mode mode, List<String> mistakes, Parse<T> parse, T otherwise) throws UsageException {
        try {
            return parse.parse();
        } catch (UsageException e) {
            if (mode != Mode.DAEMON) {
                throw e;
            }
            mistakes.add(e.getMessage());
            return otherwise;
        }
    }

    private static Set<Channel> report(Flags flags, Mode mode) throws UsageException {
        // By hand, nobody is told but who stands there.
        String value = mode == Mode.DAEMON || flags.isGiven("report") ? flags.get("report") : "none";
        Set<Channel> channels = EnumSet.noneOf(Channel.class);
        if (value.equals("none")) {
            return channels;
        }
        for (String word : value.split(",", -1)) {
            channels.add(channel(value, word));
        }
        return channels;
    }

    private static Channel channel(String value, String word) throws UsageException {
        for (Channel channel : Channel.values()) {
            if (channel.toString().equals(word)) {
                return channel;
            }
        }
        throw wrong("report", value, "unknown word '" + word + "'", "none, or some of zui,perf,flag with commas between");
    }

    private static InetSocketAddress listen(Flags flags) throws UsageException {
        String value = flags.get("listen");
        if (value.isEmpty()) {
            return null;
        }
        Matcher matcher = Pattern.compile("(?:\\[([0-9A-Fa-f:.]+)]|([^:\\[\\]/@\\s]+)):([0-9]{1,5})").matcher(value);
        if (!matcher.matches() || value.matches("[0-9]+:.*") || Integer.parseInt(matcher.group(3)) > 65535) {
            throw wrong("listen", value, value.startsWith(":") ? "no host" : "not a host and port",
                    "HOST:PORT, such as 127.0.0.1:9421 or [::1]:0; 0.0.0.0:9421 for every address");
        }
        String host = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
        return InetSocketAddress.createUnresolved(host, Integer.parseInt(matcher.group(3)));
    }

    private static Path directory(Flags flags, String name) throws UsageException {
        String value = flags.get(name);
        try {
            if (!value.isEmpty()) {
                return Path.of(value).toAbsolutePath();
            }
        } catch (InvalidPathException e) {
            throw wrong(name, value, e.getReason(), "the path of a folder");
        }
        throw wrong(name, value, "no path", "the path of a folder");
    }

    private static BrokerUrl broker(Flags flags) throws UsageException {
        try {
            return BrokerUrl.parse(flags.get("broker"));
        } catch (IllegalArgumentException e) {
            throw wrong("broker", flags.get("broker"), e.getMessage(), "unix:///path/to/socket or tcp://host:port");
        }
    }

    private static Duration duration(Flags flags, String name, Duration least, Duration most) throws UsageException {
        return duration(flags, name, least, most, "");
    }

    /** @param orZero words that tell that zero is legal too; empty if it is not */
    private static Duration duration(Flags flags, String name, Duration least, Duration most, String orZero) throws UsageException {
        String value = flags.get(name);
        String legal = "a duration from " + GoDuration.format(least) + " to " + GoDuration.format(most) + ", such as 10s, 5m or 1h30m" + orZero;
        try {
            Duration duration = GoDuration.parse(value);
            if (duration.isZero() && !orZero.isEmpty() || duration.compareTo(least) >= 0 && duration.compareTo(most) <= 0) {
                return duration;
            }
            throw wrong(name, value, duration.compareTo(least) < 0 ? "too short" : "too long", legal);
        } catch (IllegalArgumentException e) {
            throw wrong(name, value, e.getMessage(), legal);
        }
    }

    private static String url(Flags flags, String name) throws UsageException {
        String value = flags.get(name);
        String legal = "an http or https URL of an flist, such as " + Usage.HUB + "tf-official-apps/alpine3.flist";
        try {
            URI uri = new URI(value);
            boolean web = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
            // URI's own host is null where a name has an underscore.
            if (web && uri.getRawAuthority() != null && HOST.matcher(uri.getRawAuthority()).matches() && uri.getPath().length() > 1) {
                return value;
            }
            throw wrong(name, value, web ? "no host, or no path" : "unknown scheme", legal);
        } catch (URISyntaxException e) {
            throw wrong(name, value, "not a URL (" + e.getReason() + ")", legal);
        }
    }

    private static String prefix(Flags flags) throws UsageException {
        String value = flags.get("name-prefix");
        if (value.length() > MAX_PREFIX || !value.matches("[A-Za-z0-9][A-Za-z0-9-]*-") || value.endsWith("-keep-")) {
            throw wrong("name-prefix", value, "not a prefix", "letters, digits and hyphens, at most " + MAX_PREFIX
                    + ", beginning with a letter or digit and ending in a hyphen, but not in -keep-, such as test-vm-");
        }
        if (value.matches("[0-9]+-[0-9]+-.*")) {
            throw wrong("name-prefix", value, "names of the form NUMBER-NUMBER-NAME are those of users' workloads, and vmd"
                    + " removes a VM of such a name that is none", "a prefix of another form, such as test-vm-");
        }
        return value;
    }

    private static int cpu(Flags flags) throws UsageException {
        String value = flags.get("cpu");
        if (!value.matches("[0-9]{1,3}") || Integer.parseInt(value) < 1 || Integer.parseInt(value) > 255) {
            throw wrong("cpu", value, "not a number of CPUs", "a whole number from 1 to 255");
        }
        return Integer.parseInt(value);
    }

    private static long memory(Flags flags) throws UsageException {
        String value = flags.get("memory");
        String legal = "a size from 250M to 1024G, such as 512M or 2G";
        if (!value.matches("[0-9]{1,15}[KMGT]?")) {
            throw wrong("memory", value, "not a size", legal);
        }
        int units = "KMGT".indexOf(value.charAt(value.length() - 1)) + 1;
        long number = Long.parseLong(units == 0 ? value : value.substring(0, value.length() - 1));
        // Compared in the unit that was given: in bytes, a large number would overflow.
        if (number > (1024L * 1024 * MIB) >> 10 * units) {
            throw wrong("memory", value, "too large", legal);
        }
        if (number << 10 * units < MIN_MEMORY) {
            throw wrong("memory", value, "too small", legal);
        }
        return number << 10 * units;
    }

    private static UsageException wrong(String flag, String value, String why, String legal) {
        return new UsageException("--" + flag + " '" + Flags.withoutPassword(value) + "': " + why + "; legal is " + legal);
    }
}
