package vmtestd.cleanup;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import vmtestd.node.Node;
import vmtestd.node.NodeException;
import vmtestd.node.ProcFs;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.time.GoDuration;
import vmtestd.zbus.Request;

/**
 * Takes a VM or a mount away, and does not believe it until the node says that it is gone. A remover
 * that fails is tried again until its deadline.
 */
public final class Remover {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    /**
     * How a remover ended.
     *
     * @param gone whether the node confirmed that it is gone
     * @param error the first thing that went wrong, even where a later try succeeded; null for
     *     nothing, and never null where it is not gone
     */
    public record Outcome(boolean gone, StepException error) {
        /** Complains of the error where there was any. */
        void check() throws StepException {
            if (error != null) {
                throw error;
            }
        }
    }

    private interface Request {
        void send(Deadline deadline) throws NodeException, InterruptedException;
    }

    /**
     * What still exists of what was to be removed.
     *
     * @param removable whether the module may remove it if it is asked again
     */
    private record Remains(String words, boolean removable) {}

    /** Returns what still exists; null if nothing does. */
    private interface Existence {
        Remains ask(Deadline deadline) throws NodeException, InterruptedException;
    }

    private final Node node;
    private final Settings settings;
    private final Clock clock;
    private final StopSignal stop;
    private final CleanupListener listener;

    public Remover(Node node, Settings settings, Clock clock, StopSignal stop, CleanupListener listener) {
        this.node = node;
        this.settings = settings;
        this.clock = clock;
        this.stop = stop;
        this.listener = listener;
    }

    /** Deletes a VM, running or not, and the files that vmd leaves of it. */
    public Outcome vm(String name, Deadline deadline) throws InterruptedException {
        List<ProcFs.VmProcess> processes = processesOf(name);
        Outcome outcome = remove("VM " + name,
                by -> node.vmd().delete(name, by.cappedAt(settings.timeout())), by -> remainsOfVm(name, processes, by), deadline);
        if (outcome.gone()) {
            try {
                node.files().removeThoseOf(name);
            } catch (IOException e) {
                listener.warn("a file that vmd left of VM " + name + " cannot be removed: " + e);
            }
        }
        return outcome;
    }

    /** Unmounts an flist, mounted or not. The VM that used it must be gone. */
    public Outcome mount(String name, Deadline deadline) throws InterruptedException {
        return remove("mount " + name,
                by -> node.flist().unmount(name, by.cappedAt(settings.queryTimeout())), by -> remainsOfMount(name, by), deadline);
    }

    /**
     * What still exists of a VM.
     *
     * @param processes those that served it before it was deleted: while one is being killed it still holds the
     *     mounts, and can no longer be found by its command line
     */
    private Remains remainsOfVm(String name, List<ProcFs.VmProcess> processes, Deadline deadline)
            throws NodeException, InterruptedException {
        if (node.vmd().exists(name, deadline)) {
            return new Remains("VM " + name + " still exists", true);
        }
        List<ProcFs.VmProcess> serving = processesOf(name);
        for (ProcFs.VmProcess process : serving.isEmpty() ? processes : serving) {
            if (isAlive(process)) {
                // vmd has no part in it any more: a Delete of a VM that it does not know does nothing.
                return new Remains(process + " still serves " + name, false);
            }
        }
        return null;
    }

    /** The processes that serve a VM. If the kernel's view cannot be read, which is reported at the start, vmd's word has to do. */
    private List<ProcFs.VmProcess> processesOf(String name) {
        try {
            return node.proc().processesOf(name);
        } catch (IOException e) {
            return List.of();
        }
    }

    private boolean isAlive(ProcFs.VmProcess process) {
        try {
            return node.proc().isAlive(process);
        } catch (IOException e) {
            return false;
        }
    }

    private Remains remainsOfMount(String name, Deadline deadline) throws NodeException, InterruptedException {
        if (node.flist().exists(name, deadline)) {
            return new Remains("mount " + name + " still exists", true);
        }
        try {
            return node.proc().isMounted(name) ? new Remains(name + " is still mounted", true) : null;
        } catch (IOException e) {
            // As for processesOf: flistd's word has to do.
            return null;
        }
    }

    private Outcome remove(String what, Request request, Existence existence, Deadline deadline)
            throws InterruptedException {
        StepException first = null;
        Duration pause = FIRST_PAUSE;
        while (true) {
            StepException error;
            boolean hurried = stop.requested();
            try {
                error = request(request, deadline);
                // An error may come after the work was done; without an answer there is no use in asking more.
                Deadline confirmed = deadline.cappedAt(error == null ? settings.queryTimeout() : Duration.ZERO);
                Remains remains = awaitGone(existence, confirmed, hurried);
                if (remains == null) {
                    return new Outcome(true, first == null ? error : first);
                }
                if (error == null && confirmed.expired()) {
                    error = new StepException(Cause.LEAK, remains.words + " "
                            + GoDuration.format(settings.queryTimeout()) + " after its remover was reported as done");
                    if (!remains.removable) {
                        return new Outcome(false, first == null ? error : first);
                    }
                }
            } catch (NodeException e) {
                error = StepException.of(e);
            }
            first = first == null ? error : first;
            if (deadline.expired()) {
                return new Outcome(false, first != null ? first : new StepException(Cause.LEAK, what + " still exists"));
            }
            if (error != null) {
                pause(pause, deadline);
                pause = longer(pause);
            }
        }
    }

    /** Asks for the remover; gives the error with which the module answered, or null where it did as it was told. */
    private static StepException request(Request request, Deadline deadline) throws NodeException, InterruptedException {
        try {
            request.send(deadline);
            return null;
        } catch (NodeException e) {
            if (e.kind() == NodeException.Kind.REMOTE_ERROR) {
                return StepException.of(e);
            }
            throw e;
        }
    }

    /**
     * Waits until the thing is gone, for as long as the deadline allows. A stop ends the wait too, so
     * that the remover is asked for once more: there may be no time for anything else.
     *
     * @param hurried whether the remover was asked for after the stop already
     * @return what still exists; null once nothing does
     */
    private Remains awaitGone(Existence existence, Deadline deadline, boolean hurried)
            throws NodeException, InterruptedException {
        Duration pause = FIRST_PAUSE;
        while (true) {
            // The last question gets its whole time: cut short, it would tell of a timeout and not of a leak.
            Remains remains = existence.ask(Deadline.in(clock, settings.queryTimeout()));
            if (remains == null || deadline.expired() || stop.requested() && !hurried) {
                return remains;
            }
            pause(pause, deadline);
            pause = longer(pause);
        }
    }

    /** Lets a pause pass, or what is left of the deadline, or the time until a stop. */
    private void pause(Duration pause, Deadline deadline) throws InterruptedException {
        Duration left = deadline.remaining();
        Duration span = pause.compareTo(left) < 0 ? pause : left;
        if (stop.requested()) {
            clock.sleep(span);
            return;
        }
        stop.allowInterrupt();
        try {
            clock.sleep(span);
        } catch (InterruptedException e) {
            // Now it is requested, and whoever waits here looks.
        } finally {
            stop.forbidInterrupt();
        }
    }

    private static Duration longer(Duration pause) {
        Duration doubled = pause.plus(pause);
        return doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
    }
}
