package vmtestd.cleanup;

import java.time.Duration;

/**
 * What a run tests, and how long it may take.
 *
 * @param flist URL of the flist that the VM boots from
 * @param kernelFlist URL of the flist with a kernel for flists that have none
 * @param prefix of the names of VMs and mounts; ends in a hyphen
 * @param cpu virtual CPUs
 * @param memory bytes
 * @param bootTimeout how long the guest may take to boot, from the call of Run; zero if its boot is not observed
 * @param waitTime how long the VM has to stay alive
 * @param timeout of a call that does work: mount, run, delete
 * @param keep whether VM and mounts are left on the node for inspection
 * @param console whether the guest's console is read even if the run passes
 */
public record Settings(String flist, String kernelFlist, String prefix, int cpu, long memory, Duration bootTimeout,
        Duration waitTime, Duration timeout, boolean keep, boolean console) {
    /** How long a guest looks booted after its init crashed: 1 s, and more on a busy node. */
    public static final Duration CRASH_SHOWS = Duration.ofSeconds(3);
    private static final Duration QUERY_TIMEOUT = Duration.ofSeconds(30);

    /** The timeout of a call that only returns information: 30 s, but not more than {@link #timeout}. */
    public Duration queryTimeout() {
        return QUERY_TIMEOUT.compareTo(timeout) < 0 ? QUERY_TIMEOUT : timeout;
    }

    /** How long the steps up to deploy may take together: the timeouts of four long calls. */
    public Duration work() {
        // Duration.multipliedBy would load the JDK's decimal arithmetic.
        return Duration.ofNanos(4 * timeout.toNanos());
    }

    /** How long boot, wait and verify may take together: the boot, the wait, and four queries. */
    public Duration observation() {
        return bootTimeout.plus(CRASH_SHOWS).plus(waitTime).plus(Duration.ofNanos(4 * queryTimeout().toNanos()));
    }

    /** How long delete and unmount may take together, however long the other steps took. */
    public Duration cleanup() {
        return timeout.plusMinutes(1);
    }

    /** How far a query may outlast the deadline before which it began: it may take 10 s to cancel and explain. */
    Duration lateAnswer() {
        return queryTimeout().plusSeconds(10);
    }

    /**
     * The longest that a run can last: connect and list, leftovers, work, observation, cleanup. Late answers come on
     * top: those of connect and list, one at the end of work, and at the end of leftovers and of cleanup those of a VM
     * and three mounts, each asked for within {@link Remover#LEAST}.
     */
    public Duration maxRunDuration() {
        return cleanup().plus(work()).plus(observation()).plus(cleanup())
                .plus(Duration.ofNanos(11 * lateAnswer().plus(Remover.LEAST).toNanos()));
    }
}
