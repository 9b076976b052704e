package vmtestd.node;

import java.time.Duration;
import vmtestd.time.Deadline;

/** The message broker that all modules are reached through. */
public interface Broker {
    /**
     * Dials the broker and sees that it answers.
     *
     * @throws NodeException where it cannot be reached, does not answer, or refuses the password
     */
    void connect(Deadline deadline) throws NodeException, InterruptedException;

    /**
     * Keeps a value under a key, in the place of an earlier one, for a time.
     *
     * @throws NodeException where the broker cannot be reached or refuses
     */
    void set(String key, byte[] value, Duration expiry, Deadline deadline) throws NodeException, InterruptedException;

    /**
     * Sets a key that nobody has set, for a time: of several clients that ask, one gets it.
     *
     * @return whether this client has it now
     * @throws NodeException if the broker cannot be reached or refuses
     */
    boolean claim(String key, Duration expiry, Deadline deadline) throws NodeException, InterruptedException;

    /** Ends the connection for a while; the next call dials anew. Waits 3 s at most. */
    void disconnect() throws InterruptedException;
}
