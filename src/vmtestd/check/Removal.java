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
     * @param trouble the first thing that went wrong, even where a later try succeeded; null for nothing
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

    Removal(Node node, Settings settings, Clock clock) {
        this.node = node;
        this.settings = settings;
        this.clock = clock;
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
            try {
                request.send(deadline);
                if (isGone(existence, deadline.within(settings.brief()))) {
                    return new Outcome(true, first);
                }
                trouble = new CheckException(Cause.LEAK, what + " still exists "
                        + GoDuration.format(settings.brief()) + " after its removal was reported as done");
            } catch (NodeException e) {
                trouble = CheckException.of(e);
            }
            if (first == null) {
                first = trouble;
            }
            if (deadline.passed()) {
                return new Outcome(false, first);
            }
            pause = pause(pause, deadline);
        }
    }

    private boolean isGone(Existence existence, Deadline deadline) throws NodeException, InterruptedException {
        Duration pause = FIRST_PAUSE;
        // The last question gets its whole time: cut short, it would tell of a timeout and not of a leak.
        while (existence.ask(Deadline.in(clock, settings.brief()))) {
            if (deadline.passed()) {
                return false;
            }
            pause = pause(pause, deadline);
        }
        return true;
    }

    /** Lets a pause pass, or what is left of the deadline; gives the next pause, twice as long. */
    private Duration pause(Duration pause, Deadline deadline) throws InterruptedException {
        Duration left = deadline.left();
        clock.sleep(pause.compareTo(left) < 0 ? pause : left);
        Duration doubled = pause.multipliedBy(2);
        return doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
    }
}
