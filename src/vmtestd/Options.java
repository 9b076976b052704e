package vmtestd;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import vmtestd.Flags.Flag;
import vmtestd.cleanup.Scenario;
import vmtestd.cleanup.Settings;
import vmtestd.node.ProcFs;
import vmtestd.redis.BrokerUrl;
import vmtestd.report.Notifiers.Channel;
import vmtestd.status.Slo;
import vmtestd.time.GoDuration;

/**
 * A command line, checked as a whole.
 *
 * @param root directory for the journal, history and locks, absolute
 * @param procfs the node's {@code /proc}, absolute
 * @param interval from the start of one run to that of the next
 * @param report where the result of each run is published
 * @param listen where the daemon serves HTTP, not resolved yet; null for nowhere
 * @param slo the objective for {@code --status}, or null
 * @param failure the id of the failed run for {@code --status}; empty for all
 */
record Options(Mode mode, Path root, BrokerUrl broker, Path procfs, Duration interval, Settings settings, Set<Channel> report,
        InetSocketAddress listen, boolean debug, boolean json, Slo slo, String failure) {
    static final String VERSION = "0.2.0";

    /** What {@code --help} prints, and the table of flags that {@link Flags#in} reads. Within 80 columns and 40 lines. */
    static final String HELP = """
            usage: vmtestd [flags]
            Deploys a test VM on this ZOS node every few minutes, checks that it runs,
            removes it, and reports whether that worked.
            What to do; without any of these, run as the daemon:
              --once                   do one run, show its steps, and exit
              --keep                   with --once: leave VM and mounts for inspection
              --check                  report whether a run could start; deploys nothing
              --status                 report how the daemon's runs went
              --json                   with --status: as JSON
              --slo OBJECTIVE          with --status: was it met? such as 99.5%/7d
              --failure ID             with --status: one failed run in full; or last
              --sweep                  remove what earlier runs left behind
              --version                print the version
              --help                   print this
            The node:
              --root DIR               where its files go (/var/cache/modules/vmtestd)
              --broker URL             or tcp://host:port (unix:///var/run/redis.sock)
              --procfs DIR             where the node's /proc is (/proc)
            The test:
              --interval DURATION      from the start of one run to that of the next (5m)
              --scenario LIST          boot, storage, network, storage+network (boot)
              --flist URL              what the VM boots from
                 (https://hub.threefold.me/tf-official-apps/alpine3.flist)
              --kernel-flist URL       kernel for flists without one
                 (https://hub.threefold.me/tf-autobuilder/cloud-container-9dba60e.flist)
              --name-prefix PREFIX     what names of VMs and mounts begin with (test-vm-)
              --cpu N                  virtual CPUs of the VM (1)
              --memory SIZE            memory of the VM (512M)
              --boot-timeout DURATION  how long the guest may take; 0: do not check (60s)
              --wait DURATION          how long the VM must run (10s)
              --timeout DURATION       how long a mount, run or delete may take (2m)
            The results:
              --report LIST            of zui, perf, flag; or none (zui,perf)
              --listen HOST:PORT       serve HTTP: /metrics, /health, /status
              --debug                  log every step and every call
            Durations are written as in Go: 250ms, 10s, 5m, 1h30m. Sizes: 512M, 1G.
            Exit status: 0 good, 1 the test failed, 2 wrong usage, 3 could not start or say.
            Examples:
              vmtestd --once --wait 60s --keep     deploy a VM, and leave it for inspection
              vmtestd --interval 1m --report none  the daemon, in the foreground
            """;
    static final Map<String, Flag> FLAGS = Flags.in(HELP);

    /** Each but the daemon is asked for by the flag of its name. The first two win over all others. */
    enum Mode { HELP, VERSION, ONCE, CHECK, STATUS, SWEEP, DAEMON }

    /** A Delete that has to kill the VM takes 10 s; the rest is a margin. */
    private static final Duration DELETE_TAKES = Duration.ofSeconds(15);
    private static final long MIN_MEMORY = 250L << 20;
    private static final long MAX_MEMORY = 1L << 40;
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,15})([KMGT]?)");
    private static final Pattern HOST_AND_PORT = Pattern.compile("(?![0-9]+:)(\\[[0-9A-Fa-f:.]+]|[^:\\[\\]/@\\s]+):([0-9]{1,5})");
    /** Not by {@link java.net.URI#getHost}, which is null for a name with an underscore. */
    private static final String FLIST_URL = "(?i)(?=[^\\s\\p{Cntrl}\"<>\\\\^`{|}]+\\z)"
            + "https?://([^/?#]*@)?(\\[[0-9a-f:.%]+]|[^:@\\[\\]/?#]+)(:[0-9]*)?/[^?#].*";
    private static final String PREFIX = "(?![0-9]+-[0-9]+-)[A-Za-z0-9][A-Za-z0-9-]{0,38}-(?<!-keep-)";
    private static final String ONE_TO_255 = "0*([1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])";

    /**
     * Reads and checks a command line.
     *
     * @throws IllegalArgumentException if it is not legal; the message names the flag, the value and what is legal
     */
    static Options parse(String... args) {
        Flags flags = new Flags(FLAGS, args);
        Mode mode = mode(flags);
        String prefix = flags.get("name-prefix", "letters, digits and hyphens, at most 40, beginning with a letter or digit and"
                + " ending in a hyphen, but not in -keep-, and not like users' workloads with NUMBER-NUMBER-, such as test-vm-",
                text -> matching(PREFIX, text, "not a prefix"));
        int cpu = flags.get("cpu", "a whole number from 1 to 255",
                text -> Integer.parseInt(matching(ONE_TO_255, text, "not a number of CPUs")));
        Settings settings = new Settings(flist(flags, "flist"), flist(flags, "kernel-flist"), prefix, cpu, memory(flags),
                duration(flags, "boot-timeout", "5s", "10m0s", "; 0 not to check"), duration(flags, "wait", "0s", "24h0m0s", ""),
                duration(flags, "timeout", "1s", "24h0m0s", ""), flags.isSet("keep"), mode == Mode.ONCE && flags.isSet("debug"),
                scenarios(flags));
        return new Options(mode, directory(flags, "root"),
                flags.get("broker", "unix:///path/to/socket or tcp://host:port", BrokerUrl::parse)
                        .withDefaultPassword(System.getenv("VMTESTD_BROKER_PASSWORD")), directory(flags, "procfs"),
                duration(flags, "interval", "1s", "8760h0m0s", ""), settings, report(flags, mode), listen(flags),
                flags.isSet("debug"), flags.isSet("json"),
                flags.get("slo", "a rate and a time, such as 99.5%/7d or 99%/24h; at most 90d",
                        text -> text.isEmpty() ? null : Slo.parse(text)), flags.get("failure"));
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

    /** The flags with which another command finds the same node, files and names, each after a space, without defaults. */
    String nodeFlags() {
        return nodeFlag("root", root) + nodeFlag("broker", broker) + nodeFlag("name-prefix", settings.prefix());
    }

    private static String nodeFlag(String name, Object value) {
        String word = value.toString();
        if (word.equals(FLAGS.get(name).preset())) {
            return "";
        }
        return " --" + name + " " + (word.matches("[A-Za-z0-9_/.:@%+=-]+") ? word : "'" + word.replace("'", "'\\''") + "'");
    }

    private static Mode mode(Flags flags) {
        List<Mode> asked = new ArrayList<>();
        for (Mode mode : Mode.values()) {
            if (flags.isSet(mode.name().toLowerCase(Locale.ROOT))) {
                asked.add(mode);
            }
        }
        if (asked.contains(Mode.HELP) || asked.contains(Mode.VERSION)) {
            return asked.get(0);
        }
        Flags.check(asked.size() < 2, "--once, --check, --status, --sweep: one at a time is legal");
        for (Flag flag : FLAGS.values()) {
            Flags.check(flag.mode().isEmpty() || flags.isSet(flag.mode()) || !flags.isGiven(flag.name()),
                    "--" + flag.name() + ": legal with --" + flag.mode() + " only");
        }
        return asked.isEmpty() ? Mode.DAEMON : asked.get(0);
    }

    private static List<Scenario> scenarios(Flags flags) {
        return flags.get("scenario", "boot, storage, network or storage+network, or several with commas between", text -> {
            List<Scenario> scenarios = new ArrayList<>();
            for (String word : text.split(",", -1)) {
                scenarios.add(Scenario.of(word));
            }
            return scenarios;
        });
    }

    private static Set<Channel> report(Flags flags, Mode mode) {
        // Only a daemon publishes its results unless asked to.
        boolean none = mode != Mode.DAEMON && !flags.isGiven("report") || flags.get("report").equals("none");
        return flags.get("report", "none, or some of zui,perf,flag with commas between", text -> {
            List<String> words = new ArrayList<>(none ? List.of() : List.of(text.split(",", -1)));
            Set<Channel> channels = EnumSet.noneOf(Channel.class);
            for (Channel channel : Channel.values()) {
                if (words.removeAll(Set.of(channel.toString()))) {
                    channels.add(channel);
                }
            }
            Flags.check(words.isEmpty(), "unknown word '" + String.join(",", words) + "'");
            return channels;
        });
    }

    private static InetSocketAddress listen(Flags flags) {
        return flags.get("listen", "HOST:PORT, such as 127.0.0.1:9421 or [::1]:0; 0.0.0.0:9421 for every address", text -> {
            Matcher parts = HOST_AND_PORT.matcher(text);
            Flags.check(text.isEmpty() || parts.matches() && Integer.parseInt(parts.group(2)) <= 65535, "not a host and port");
            return text.isEmpty() ? null : InetSocketAddress.createUnresolved(parts.group(1), Integer.parseInt(parts.group(2)));
        });
    }

    private static Path directory(Flags flags, String name) {
        return flags.get(name, "the path of a directory", text -> Path.of(matching("(?s).+", text, "no path")).toAbsolutePath());
    }

    /** @param orZero if zero is legal too, the words for it; otherwise empty */
    private static Duration duration(Flags flags, String name, String least, String most, String orZero) {
        return flags.get(name, "a duration from " + least + " to " + most + ", such as 10s, 5m or 1h30m" + orZero, text -> {
            Duration span = GoDuration.parse(text);
            Flags.check(span.compareTo(GoDuration.parse(most)) <= 0, "too long");
            Flags.check(span.compareTo(GoDuration.parse(least)) >= 0 || !orZero.isEmpty() && span.isZero(), "too short");
            return span;
        });
    }

    private static String flist(Flags flags, String name) {
        return flags.get(name, "an http or https URL of an flist, such as " + FLAGS.get("flist").preset(),
                text -> matching(FLIST_URL, text, "not a URL with http or https, a host and a path"));
    }

    private static String matching(String pattern, String text, String error) {
        Flags.check(text.matches(pattern), error);
        return text;
    }

    private static long memory(Flags flags) {
        return flags.get("memory", "a size from 250M to 1024G, such as 512M or 2G", text -> {
            Matcher size = SIZE.matcher(text);
            Flags.check(size.matches(), "not a size");
            // Not a long, which a large number would overflow.
            double bytes = (double) Long.parseLong(size.group(1)) * (1L << 10 * " KMGT".indexOf(size.group(2)));
            Flags.check(bytes >= MIN_MEMORY, "too small");
            Flags.check(bytes <= MAX_MEMORY, "too large");
            return (long) bytes;
        });
    }
}
