package vmtestd;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import vmtestd.Flags.Flag;

/** What {@code --help} prints, which is also the table of flags: name, word for the value, and default in parentheses. */
final class Usage {
    static final List<Flag> FLAGS = flags();

    private Usage() {}

    /** Within 80 columns and 40 lines. */
    static String help() {
        return """
                usage: vmtestd [flags]
                Deploys a test VM on this ZOS node every few minutes, checks that it runs,
                removes it, and reports whether that worked.
                What to do; without any of these, run as the daemon:
                  --once                   do one run, show its steps, and exit
                  --keep                   with --once: leave VM and mounts for inspection
                  --check                  report whether a run could start; deploys nothing
                  --status                 report how the daemon's runs went
                  --json                   with --status: as JSON
                  --sweep                  remove what earlier runs left behind
                  --version                print the version
                  --help                   print this
                The node:
                  --root DIR               where its files go (/var/cache/modules/vmtestd)
                  --broker URL             or tcp://host:port (unix:///var/run/redis.sock)
                  --procfs DIR             where the node's /proc is (/proc)
                The test:
                  --interval DURATION      from the start of one run to that of the next (5m)
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
                Exit status: 0 good, 1 the test failed, 2 wrong usage, 3 could not start, or
                could not say.
                Examples:
                  vmtestd --check                      why does this node not run VMs?
                  vmtestd --once --wait 60s --keep     deploy a VM, and leave it for inspection
                  vmtestd --interval 1m --report none  the daemon, in the foreground
                """;
    }

    private static List<Flag> flags() {
        List<Flag> flags = new ArrayList<>();
        // A default that does not fit behind its flag is on the next line.
        Matcher line = Pattern.compile("(?m)^  --([a-z-]+) ([A-Z:]*).*?(?:\\s+\\((\\S+)\\))?$").matcher(help());
        while (line.find()) {
            flags.add(new Flag(line.group(1), line.group(2), line.group(3) == null ? "" : line.group(3)));
        }
        return flags;
    }
}
