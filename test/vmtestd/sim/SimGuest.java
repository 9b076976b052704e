package vmtestd.sim;

import java.util.Locale;

/** The behaviour of a container VM's guest, as its virtiofsd and its console show it; taken from real guests. */
public enum SimGuest {
    GOOD(4_800_000, "guest: userland, 4.21 s\n"),
    /** Its init only pauses: little is read, and it stays open. */
    SMALL(8_864, "guest: userland, 4.21 s\n"),
    /** Never executes an instruction. */
    STOPPED(0, ""),
    NO_ROOT(16, "mount: mounting vroot on /new_root failed: Invalid argument\nguest: in the emergency shell\n/ # "),
    NO_INIT(96, "ERROR: Root device mounted successfully, but /sbin/init does not exist.\n\u001b[31mguest: in the emergency shell\u001b[0m\n/ # "),
    /** Its init ends at once, which shows when vmd is first asked for the VM. */
    CRASH(1_700_000, "[    4.563731] Kernel panic - not syncing: Attempted to kill init!\nRebooting in 1 seconds..\n");

    final long bytesRead;
    final String console;

    SimGuest(long bytesRead, String console) {
        this.bytesRead = bytesRead;
        this.console = console;
    }

    /** The name on a command line, such as {@code guest-no-init}. */
    @Override
    public String toString() {
        return "guest-" + name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
