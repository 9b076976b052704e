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
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import vmtestd.cleanup.Settings;
import vmtestd.node.ProcFs;
import vmtestd.redis.BrokerUrl;
import vmtestd.report.Notifiers.Channel;
import vmtestd.time.GoDuration;

/**
 * A command line, checked as a whole.
 *
 * @param root directory for the journal, history and locks, absolute
 * @param procfs the node's {@code /proc}, absolute
 * @param interval from the start of one run to that of the next
 * @param report where the result of each run is published
 * @param listen where the daemon serves HTTP, not resolved yet; null for nowhere
 */
record Options(Mode mode, Path root, BrokerUrl broker, Path procfs, Duration interval, Settings settings, Set<Channel> report,
        InetSocketAddress listen, boolean debug, boolean json) {
    static final String VERSION = "0.2.0";

    enum Mode { DAEMON, ONCE, CHECK, STATUS, SWEEP, VERSION, HELP }

    /** A Delete that has to kill the VM takes 10 s; the rest is a margin. */
    private static final Duration DELETE_TAKES = Duration.ofSeconds(15);
    private static final long MIN_MEMORY = 250L << 20;
    private static final long MAX_MEMORY = 1L << 40;
    /** Not by {@link URI#getHost}, which is null for a name with an underscore. */
    private static final Pattern WEB_URL = Pattern.compile(
            "(?i)https?://([^/?#]*@)?(\\[[0-9a-f:.%]+]|[^:@\\[\\]/?#]+)(:[0-9]*)?/[^?#].*");
    private static final Pattern HOST_AND_PORT = Pattern.compile(
            "(?![0-9]+:)(?:\\[([0-9A-Fa-f:.]+)]|([^:\\[\\]/@\\s]+)):([0-9]{1,5})");

    /** Reads and checks a command line. */
    static Options parse(String... args) throws UsageException {
        Flags flags = new Flags(Usage.FLAGS, args);
        Mode mode = mode(flags);
        Settings settings = new Settings(url(flags, "flist"), url(flags, "kernel-flist"), prefix(flags), cpu(flags), memory(flags),
                duration(flags, "boot-timeout", "5s", "10m0s", "; 0 not to check"), duration(flags, "wait", "0s", "24h0m0s", ""),
                duration(flags, "timeout", "1s", "24h0m0s", ""), flags.isSet("keep"), mode == Mode.ONCE && flags.isSet("debug"));
        return new Options(mode, directory(flags, "root"), broker(flags), directory(flags, "procfs"),
                duration(flags, "interval", "1s", "8760h0m0s", ""), settings, report(flags, mode), listen(flags),
                flags.isSet("debug"), flags.isSet("json"));
    }

    /** What is legal but probably a mistake, and what a run cannot observe, one sentence each. */
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
            warnings.add("--procfs: " + e.getMessage() + "; only vmd and flistd can tell whether a VM or mount is gone");
        }
        return warnings;
    }

    /** How long a published result is valid: four intervals. */
    Duration expiry() {
        return interval.plus(interval).plus(interval).plus(interval);
    }

    /** The flags with which another command finds the same node, files and names, each after a space; without those that have their default. */
    String nodeFlags() {
        return nodeFlag("root", root) + nodeFlag("broker", broker) + nodeFlag("name-prefix", settings.prefix());
    }

    private static String nodeFlag(String name, Object value) {
        String word = value.toString();
        if (word.equals(Flags.find(Usage.FLAGS, name).preset())) {
            return "";
        }
        return " --" + name + " " + (word.matches("[A-Za-z0-9_/.:@%+=-]+") ? word : "'" + word.replace("'", "'\\''") + "'");
    }

    private static Mode mode(Flags flags) throws UsageException {
        if (flags.isSet("help") || flags.isSet("version")) {
            return flags.isSet("help") ? Mode.HELP : Mode.VERSION;
        }
        Mode asked = Mode.DAEMON;
        for (Mode mode : List.of(Mode.ONCE, Mode.CHECK, Mode.STATUS, Mode.SWEEP)) {
            if (flags.isSet(mode.name().toLowerCase(Locale.ROOT))) {
                if (asked != Mode.DAEMON) {
                    throw new UsageException("--once, --check, --status, --sweep: one at a time is legal");
                }
                asked = mode;
            }
        }
        if (flags.isSet("json") && asked != Mode.STATUS) {
            throw new UsageException("--json: legal with --status only");
        }
        if (flags.isSet("keep") && asked != Mode.ONCE) {
            throw new UsageException("--keep: legal with --once only");
        }
        return asked;
    }

    private static Set<Channel> report(Flags flags, Mode mode) throws UsageException {
        // Only a daemon publishes its results unless asked to.
        String value = mode == Mode.DAEMON || flags.isGiven("report") ? flags.get("report") : "none";
        List<String> words = new ArrayList<>(List.of(value.split(",", -1)));
        Set<Channel> channels = EnumSet.noneOf(Channel.class);
        for (Channel channel : Channel.values()) {
            if (words.removeAll(Set.of(channel.toString()))) {
                channels.add(channel);
            }
        }
        if (!words.isEmpty() && !value.equals("none")) {
            throw flags.wrong("report", "unknown word '" + words.get(0) + "'", "none, or some of zui,perf,flag with commas between");
        }
        return channels;
    }

    private static InetSocketAddress listen(Flags flags) throws UsageException {
        String value = flags.get("listen");
        if (value.isEmpty()) {
            return null;
        }
        Matcher matcher = HOST_AND_PORT.matcher(value);
        if (!matcher.matches() || Integer.parseInt(matcher.group(3)) > 65535) {
            throw flags.wrong("listen", value.startsWith(":") ? "no host" : "not a host and port",
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
            throw new InvalidPathException(value, "no path");
        } catch (InvalidPathException e) {
            throw flags.wrong(name, e.getReason(), "the path of a directory");
        }
    }

    private static BrokerUrl broker(Flags flags) throws UsageException {
        try {
            return BrokerUrl.parse(flags.get("broker"));
        } catch (IllegalArgumentException e) {
            throw flags.wrong("broker", e.getMessage(), "unix:///path/to/socket or tcp://host:port");
        }
    }

    /** @param orZero if zero is legal too, the words for it; otherwise empty */
    private static Duration duration(Flags flags, String name, String least, String most, String orZero) throws UsageException {
        String why;
        try {
            Duration duration = GoDuration.parse(flags.get(name));
            boolean tooShort = duration.compareTo(GoDuration.parse(least)) < 0 && (orZero.isEmpty() || !duration.isZero());
            if (!tooShort && duration.compareTo(GoDuration.parse(most)) <= 0) {
                return duration;
            }
            why = tooShort ? "too short" : "too long";
        } catch (IllegalArgumentException e) {
            why = e.getMessage();
        }
        throw flags.wrong(name, why, "a duration from " + least + " to " + most + ", such as 10s, 5m or 1h30m" + orZero);
    }

    private static String url(Flags flags, String name) throws UsageException {
        String value = flags.get(name);
        String why;
        try {
            new URI(value);
            if (WEB_URL.matcher(value).matches()) {
                return value;
            }
            why = value.matches("(?i)https?:.*") ? "no host, or no path" : "unknown scheme";
        } catch (URISyntaxException e) {
            why = "not a URL (" + e.getReason() + ")";
        }
        throw flags.wrong(name, why, "an http or https URL of an flist, such as " + Flags.find(Usage.FLAGS, "flist").preset());
    }

    private static String prefix(Flags flags) throws UsageException {
        String value = flags.get("name-prefix");
        if (!value.matches("(?![0-9]+-[0-9]+-)[A-Za-z0-9][A-Za-z0-9-]{0,38}-(?<!-keep-)")) {
            throw flags.wrong("name-prefix", "not a prefix", "letters, digits and hyphens, at most 40, beginning with a letter"
                    + " or digit and ending in a hyphen, but not in -keep-, and not like users' workloads with NUMBER-NUMBER-,"
                    + " such as test-vm-");
        }
        return value;
    }

    private static int cpu(Flags flags) throws UsageException {
        String value = flags.get("cpu");
        int cpu = value.matches("[0-9]{1,3}") ? Integer.parseInt(value) : 0;
        if (cpu < 1 || cpu > 255) {
            throw flags.wrong("cpu", "not a number of CPUs", "a whole number from 1 to 255");
        }
        return cpu;
    }

    private static long memory(Flags flags) throws UsageException {
        Matcher matcher = Pattern.compile("([0-9]{1,15})([KMGT]?)").matcher(flags.get("memory"));
        String why = "not a size";
        if (matcher.matches()) {
            long number = Long.parseLong(matcher.group(1));
            int shift = 10 * (" KMGT".indexOf(matcher.group(2)));
            // Compared in the unit that was given: in bytes, a large number would overflow.
            boolean tooLarge = number > MAX_MEMORY >> shift;
            if (!tooLarge && number << shift >= MIN_MEMORY) {
                return number << shift;
            }
            why = tooLarge ? "too large" : "too small";
        }
        throw flags.wrong("memory", why, "a size from 250M to 1024G, such as 512M or 2G");
    }
}
