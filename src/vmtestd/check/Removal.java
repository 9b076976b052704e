package vmtestd.check;

import java.time.Duration;
import vmtestd.node.Node;
import vmtestd.node.NodeException;
import vmtestd.time.Clock;
import vmtestd.time.Deadline;
import vmtestd.time.GoDuration;

/**
 * Takes a VM or a mount away, and does not believe it until the node says that it is gone. A removal
 * that fails is tried again until its deadline.
 */
final class Removal {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    /**
     * How a removal ended.
     *
     * @param gone whether the node confirmed that it is gone
     * @param trouble the first thing that went wrong, even where a later try succeeded; null for
     *     nothing, and never null where it is not gone
     */
    record Outcome(boolean gone, CheckException trouble) {
        /** Complains of the trouble where there was any. */
        void check() throws CheckException {
            if (trouble != null) {
                throw trouble;
            }
        }
    }

    private interface Request {
        void send(Deadline deadline) throws NodeException, InterruptedException;
    }

    private interface Existence {
        boolean ask(Deadline deadline) throws NodeException, InterruptedException;
    }

    private final Node node;
    private final Settings settings;
    private final Clock clock;
    private final StopSignal stop;

    Removal(Node node, Settings settings, Clock clock, StopSignal stop) {
        this.node = node;
        this.settings = settings;
        this.clock = clock;
        this.stop = stop;
    }

    /** Deletes a VM, running or not. */
    Outcome vm(String name, Deadline deadline) throws InterruptedException {
        return remove("VM " + name,
                by -> node.vmd().delete(name, by.within(settings.timeout())),
                by -> node.vmd().exists(name, by), deadline);
    }

    /** Unmounts an flist, mounted or not. The VM that used it must be gone. */
    Outcome mount(String name, Deadline deadline) throws InterruptedException {
        return remove("mount " + name,
                by -> node.flist().unmount(name, by.within(settings.brief())),
                by -> node.flist().exists(name, by), deadline);
    }

    private Outcome remove(String what, Request request, Existence existence, Deadline deadline)
            throws InterruptedException {
        CheckException first = null;
        Duration pause = FIRST_PAUSE;
        while (true) {
            CheckException trouble;
            boolean hurried = stop.requested();
            try {
                trouble = request(request, deadline);
                // An error may come after the work was done; without an answer there is no use in asking more.
                Deadline confirmed = deadline.within(trouble == null ? settings.brief() : Duration.ZERO);
                if (isGone(existence, confirmed, hurried)) {
                    return new Outcome(true, first == null ? trouble : first);
                }
                if (trouble == null && confirmed.passed()) {
                    trouble = new CheckException(Cause.LEAK, what + " still exists "
                            + GoDuration.format(settings.brief()) + " after its removal was reported as done");
                }
            } catch (NodeException e) {
                trouble = CheckException.of(e);
            }
            first = first == null ? trouble : first;
            if (deadline.passed()) {
                return new Outcome(false, first != null ? first : new CheckException(Cause.LEAK, what + " still exists"));
            }
            if (trouble != null) {
                pause(pause, deadline);
                pause = longer(pause);
            }
        }
    }

    /** Asks for the removal; gives the error with which the module answered, or null where it did as it was told. */
    private static CheckException request(Request request, Deadline deadline) throws NodeException, InterruptedException {
        try {
            request.send(deadline);
            return null;
        } catch (NodeException e) {
            if (e.kind() == NodeException.Kind.REMOTE_ERROR) {
                return CheckException.of(e);
            }
            throw e;
        }
    }

    /**
     * Waits until the thing is gone, for as long as the deadline allows. A stop ends the wait too, so
     * that the removal is asked for once more: there may be no time for anything else.
     *
     * @param hurried whether the removal was asked for after the stop already
     */
    private boolean isGone(Existence existence, Deadline deadline, boolean hurried)
            throws NodeException, InterruptedException {
        Duration pause = FIRST_PAUSE;
        // The last question gets its whole time: cut short, it would tell of a timeout and not of a leak.
        while (existence.ask(Deadline.in(clock, settings.brief()))) {
            if (deadline.passed() || stop.requested() && !hurried) {
                return false;
            }
            pause(pause, deadline);
            pause = longer(pause);
        }
        return true;
    }

    /** Lets a pause pass, or what is left of the deadline, or the time until a stop. */
    private void pause(Duration pause, Deadline deadline) throws InterruptedException {
        Duration left = deadline.left();
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
