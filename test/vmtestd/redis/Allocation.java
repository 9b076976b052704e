package vmtestd.redis;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** What a thread allocates on the heap, garbage included. */
public final class Allocation {
    /** A VM that was built for the purpose has no management: there the bounds on memory are not tested. */
    private static final ThreadMXBean THREADS = System.getProperty("java.vm.name").matches(".* (Custom|Minimal) VM")
            ? null : (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Allocation() {}

    /** How many bytes this thread has allocated so far; always 0 where the VM cannot say. */
    public static long bytes() {
        return THREADS == null ? 0 : THREADS.getCurrentThreadAllocatedBytes();
    }
}
