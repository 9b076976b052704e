package vmtestd.run;

import java.io.IOException;
import java.time.Duration;
import vmtestd.cleanup.Cause;
import vmtestd.cleanup.Disk;
import vmtestd.cleanup.StepException;
import vmtestd.node.GuestWatch;
import vmtestd.node.Node;
import vmtestd.node.SerialConsole;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.time.GoDuration;
import vmtestd.zbus.ZbusException;

/** The VM under test as the host sees it: what its guest does, and what it printed. */
final class Guest {
    /** A look takes some 20 ms. */
    private static final Duration LONGEST_LOOK = Duration.ofSeconds(5);
    /** Characters. vmd itself returns the last 2 KiB. */
    private static final int MAX_LOG = 4096;

    private final Node node;
    private final Clock clock;
    private final RunListener listener;
    private String vm;
    private GuestWatch watch;
    /** Set once no more looks are taken. */
    private GuestWatch.NotObservable notObservable;
    /** When Run was called, by {@link Clock#nanoTime}. */
    long started;
    /** The time from the call of Run until the guest was seen up, or null. */
    Duration upAfter;
    /** What {@link #readConsole} read. */
    String console = "";
    /** The end of the VM's log if the VM failed, or an empty string. */
    String log = "";

    /** @param observed whether looks are taken at all */
    Guest(Node node, Clock clock, RunListener listener, boolean observed) {
        this.node = node;
        this.clock = clock;
        this.listener = listener;
        notObservable = observed ? null : new GuestWatch.NotObservable("--boot-timeout is 0");
    }

    /** Must be called right before vmd's Run. */
    void starting(String name) {
        vm = name;
        watch = new GuestWatch(node.proc(), name);
        started = clock.nanoTime();
    }

    /** Looks at the guest once. If a look hangs it is the last one. */
    GuestWatch.State look() throws InterruptedException {
        if (notObservable != null) {
            return notObservable;
        }
        try {
            return Disk.lookUp("/proc", watch::look, Deadline.in(clock, LONGEST_LOOK));
        } catch (StepException e) {
            notObservable = new GuestWatch.NotObservable(e.getMessage());
            return notObservable;
        }
    }

    /** Returns whether a look has found the VM's hypervisor. */
    boolean isFound() {
        return notObservable == null && watch.hypervisor() != null;
    }

    /** Records that the guest's userland runs. */
    void up() {
        upAfter = age();
    }

    private Duration age() {
        return Duration.ofNanos(clock.nanoTime() - started);
    }

    /** Throws if a look found that the VM or its guest ended. */
    void failIfEnded(GuestWatch.State state, Deadline deadline) throws StepException, InterruptedException {
        if (state instanceof GuestWatch.Reset || state instanceof GuestWatch.Ended) {
            throw died(state instanceof GuestWatch.Reset ? "the guest reset itself" : "the VM died", deadline);
        }
    }

    /** Returns the failure of a VM that just died, and reads what it printed: vmd's monitor deletes its log within 10 s. */
    StepException died(String what, Deadline deadline) throws InterruptedException {
        String when = upAfter == null ? GoDuration.format(age()) + " after it was started"
                : GoDuration.format(age().minus(upAfter)) + " after it was up";
        readConsole();
        try {
            log = endOf(node.vmd().logs(vm, deadline));
        } catch (ZbusException e) {
            listener.warn("no console log: " + e.getMessage());
        }
        return new StepException(Cause.VM_DIED, what + " " + when);
    }

    /** Reads the end of what the guest wrote to its serial console. */
    void readConsole() throws InterruptedException {
        if (isFound()) {
            try {
                console = String.join("\n", new SerialConsole(node.proc()).tail(watch.hypervisor()));
            } catch (IOException e) {
                listener.warn("the guest's console cannot be read: " + e.getMessage());
            }
        }
    }

    /**
     * Keeps the VM's log from the error of a failed Run. vmd puts the end of the log before the reason (zosbase, withLogs
     * in pkg/vm/manager.go), and has deleted the log by then.
     *
     * @return the error without the log
     */
    String takeLog(String error) {
        int begin = error.indexOf(": ") + 2;
        int reason = Math.max(begin, error.lastIndexOf('\n') + 1);
        log = endOf(error.substring(begin, reason));
        String words = error.substring(reason);
        return error.substring(0, begin) + (words.startsWith(": ") ? words.substring(2) : words);
    }

    private static String endOf(String log) {
        return log.substring(Math.max(0, log.length() - MAX_LOG));
    }
}
