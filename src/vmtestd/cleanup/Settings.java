package vmtestd.cleanup;

import java.time.Duration;
import java.util.List;
import java.util.Set;

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
 * @param scenarios what the runs test in turn
 */
public record Settings(String flist, String kernelFlist, String prefix, int cpu, long memory, Duration bootTimeout,
        Duration waitTime, Duration timeout, boolean keep, boolean console, List<Scenario> scenarios) {
    /** How long a guest may take to write to its disk. Its kernel writes to a mounted one by itself, but after 31 s. */
    public static final Duration STORAGE_SHOWS = Duration.ofSeconds(20);
    /** How long a guest may take to answer on its network: the first requests are lost while its address is new. */
    public static final Duration NETWORK_SHOWS = Duration.ofSeconds(10);
    /** How long a guest looks booted after its init crashed: 1 s, and more on a busy node. */
    public static final Duration CRASH_SHOWS = Duration.ofSeconds(3);
    private static final Duration QUERY_TIMEOUT = Duration.ofSeconds(30);

    /** The timeout of a call that only returns information: 30 s, but not more than {@link #timeout}. */
    public Duration queryTimeout() {
        return QUERY_TIMEOUT.compareTo(timeout) < 0 ? QUERY_TIMEOUT : timeout;
    }

    private boolean onlyBoot() {
        return Set.of(Scenario.BOOT).containsAll(scenarios);
    }

    /** How long the steps up to deploy may take together: the timeouts of four long calls, and of three for disk and tap. */
    public Duration work() {
        // Duration.multipliedBy would load the JDK's decimal arithmetic.
        return Duration.ofNanos((onlyBoot() ? 4 : 7) * timeout.toNanos());
    }

    /** How long the steps from boot to verify may take together: the boot, disk and network, the wait, and four queries. */
    public Duration observation() {
        Duration shows = onlyBoot() ? CRASH_SHOWS : CRASH_SHOWS.plus(STORAGE_SHOWS).plus(NETWORK_SHOWS);
        return bootTimeout.plus(shows).plus(waitTime).plus(Duration.ofNanos(4 * queryTimeout().toNanos()));
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
     * and three mounts, and perhaps of a disk and a tap device, each asked for within {@link Remover#LEAST}.
     */
    public Duration maxRunDuration() {
        return cleanup().plus(work()).plus(observation()).plus(cleanup())
                .plus(Duration.ofNanos((onlyBoot() ? 11 : 15) * lateAnswer().plus(Remover.LEAST).toNanos()));
    }
}
