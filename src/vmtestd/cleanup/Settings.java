package vmtestd.cleanup;

import java.time.Duration;

/**
 * What a run tests, and how long it may take.
 *
 * @param flist URL of the flist that the VM boots from
 * @param kernelFlist URL of the flist with a kernel for those that bring none
 * @param prefix what the names of VMs and mounts begin with; ends in a hyphen
 * @param cpu virtual CPUs
 * @param memory bytes
 * @param bootTimeout how long the guest may take to boot, from the call of Run; zero: nobody looks
 * @param waitTime how long the VM has to live
 * @param timeout how long a call gets that does work: mount, run, delete
 * @param keep whether VM and mounts are left on the node, to be looked at
 * @param console whether the guest's console is read even if all is well
 */
public record Settings(String flist, String kernelFlist, String prefix, int cpu, long memory, Duration bootTimeout,
        Duration waitTime, Duration timeout, boolean keep, boolean console) {
    /** How long a guest looks as if it had booted after its init has crashed: 1 s, and some more on a busy node. */
    public static final Duration CRASH_SHOWS = Duration.ofSeconds(3);
    private static final Duration BRIEF = Duration.ofSeconds(30);

    /** How long a call gets that only answers: 30 s, and never more than {@link #timeout}. */
    public Duration queryTimeout() {
        return BRIEF.compareTo(timeout) < 0 ? BRIEF : timeout;
    }

    /** How long the steps up to deploy get together: as long as the four longest calls may take. */
    public Duration work() {
        return times(4, timeout);
    }

    /** How long boot, wait and verify get together: the boot, the wait, and four questions. */
    public Duration observation() {
        return bootTimeout.plus(CRASH_SHOWS).plus(waitTime).plus(times(4, queryTimeout()));
    }

    /** How long delete and unmount get together, however much the others have spent. */
    public Duration cleanup() {
        return timeout.plusMinutes(1);
    }

    /**
     * The longest that a run can last: connect and list, leftovers, work, observation, cleanup. Five
     * brief calls may come on top: the first two, and one begun just before the end of leftovers, work
     * and cleanup. Each of them may take 10 s more to be taken back and explained.
     */
    public Duration maxRunDuration() {
        Duration beyond = queryTimeout().plusSeconds(10);
        return cleanup().plus(work()).plus(observation()).plus(cleanup()).plus(times(5, beyond));
    }

    /** Not by {@link Duration#multipliedBy}, for which the JDK loads its decimal arithmetic. */
    private static Duration times(int count, Duration span) {
        return Duration.ofNanos(Math.multiplyExact(count, span.toNanos()));
    }
}
