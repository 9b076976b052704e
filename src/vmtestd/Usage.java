package vmtestd;

import java.util.List;
import vmtestd.Flags.Flag;

/** The flags there are, and the words about them. README.md, the man page and the completion tell of the same. */
public final class Usage {
    static final String HUB = "https://hub.threefold.me/";

    private static final String DO = "What to do; without any of these, be the daemon:";
    private static final String NODE = "The node:";
    private static final String TEST = "The test:";
    private static final String RESULTS = "The results:";
    private static final int WIDTH = 80;
    private static final int COLUMN = 24;

    /** In the order of the help. */
    static final List<Flag> FLAGS = List.of(
            new Flag(DO, "once", "", "false", "do one run, show its steps, and exit"),
            new Flag(DO, "keep", "", "false", "with --once: leave VM and mounts to be looked at"),
            new Flag(DO, "check", "", "false", "say whether a run could start; deploys nothing"),
            new Flag(DO, "status", "", "false", "say how the daemon's runs have gone"),
            new Flag(DO, "json", "", "false", "with --status: as JSON"),
            new Flag(DO, "sweep", "", "false", "remove what earlier runs have left"),
            new Flag(DO, "version", "", "false", "print the version"),
            new Flag(DO, "help", "", "false", "print this"),
            new Flag("", "h", "", "false", "as --help"),
            new Flag(NODE, "root", "DIR", "/var/cache/modules/vmtestd", "where its files go"),
            new Flag(NODE, "broker", "URL", "unix:///var/run/redis.sock", "or tcp://host:port"),
            new Flag(NODE, "procfs", "DIR", "/proc", "where the node's /proc is"),
            new Flag(TEST, "interval", "DURATION", "5m", "from one run's beginning to the next one's"),
            new Flag(TEST, "flist", "URL", HUB + "tf-official-apps/alpine3.flist", "what the VM boots from"),
            new Flag(TEST, "kernel-flist", "URL", HUB + "tf-autobuilder/cloud-container-9dba60e.flist",
                    "kernel for flists without one"),
            new Flag(TEST, "name-prefix", "PREFIX", "test-vm-", "what names of VMs and mounts begin with"),
            new Flag(TEST, "cpu", "N", "1", "virtual CPUs of the VM"),
            new Flag(TEST, "memory", "SIZE", "512M", "memory of the VM"),
            new Flag(TEST, "boot-timeout", "DURATION", "60s", "how long the guest may take; 0: do not look"),
            new Flag(TEST, "wait", "DURATION", "10s", "how long the VM must live"),
            new Flag(TEST, "timeout", "DURATION", "2m", "how long a mount, run or delete may take"),
            new Flag(RESULTS, "report", "LIST", "zui,perf", "of zui, perf, flag; or none"),
            new Flag(RESULTS, "listen", "HOST:PORT", "", "answer HTTP: /metrics, /health, /status"),
            new Flag(RESULTS, "debug", "", "false", "log every step and every call"));

    private Usage() {}

    /** The value that a flag has where none is given. */
    static String preset(String name) {
        return FLAGS.stream().filter(flag -> flag.name().equals(name)).findAny().orElseThrow().preset();
    }

    /** What {@code --help} prints: within 80 columns and 40 lines. */
    static String help() {
        StringBuilder text = new StringBuilder()
                .append("usage: vmtestd [flags]\n")
                .append("Deploys a test VM on this ZOS node every few minutes, sees that it lives,\n")
                .append("removes it, and says whether that worked.\n");
        String group = "";
        for (Flag flag : FLAGS) {
            if (flag.group().isEmpty()) {
                continue;
            }
            if (!flag.group().equals(group)) {
                group = flag.group();
                text.append(group).append('\n');
            }
            String line = String.format("  --%-" + (COLUMN - 5) + "s %s", (flag.name() + " " + flag.value()).strip(), flag.help());
            String preset = flag.isSwitch() || flag.preset().isEmpty() ? "" : " (" + flag.preset() + ")";
            text.append(line);
            if (line.length() + preset.length() > WIDTH) {
                text.append("\n     ");
            }
            text.append(preset).append('\n');
        }
        return text.append("""
                Durations are written as in Go: 250ms, 10s, 5m, 1h30m. Sizes: 512M, 1G.
                Exit status: 0 good, 1 the test failed, 2 wrong usage, 3 could not start.
                Examples:
                  vmtestd --check                      why does this node not run VMs?
                  vmtestd --once --wait 60s --keep     deploy a VM, and leave it to be looked at
                  vmtestd --interval 1m --report none  the daemon, in the foreground
                """).toString();
    }
}
