package vmtestd.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import vmtestd.zbus.ModuleStatus;
import vmtestd.zbus.ModuleStatus.Worker;

class ModuleStateTest {
    private static final Worker FREE = new Worker(false, Instant.parse("0001-01-01T00:00:00Z"), "");
    private static final Instant SINCE = Instant.parse("2026-11-22T17:36:02Z");
    private static final Worker BUSY = new Worker(true, SINCE, "[manager@0.0.1].Run()");

    private static ModuleState state(Worker... workers) {
        return ModuleState.of(new ModuleStatus(List.of(workers)));
    }

    @Test
    void tellsTheBusyWorkersFromTheFreeOnes() {
        ModuleState.Busy run = new ModuleState.Busy("[manager@0.0.1].Run()", SINCE);
        assertEquals(new ModuleState(1, List.of(run, run)), state(BUSY, FREE, BUSY));
        assertEquals(new ModuleState(0, List.of()), state());
    }

    @Test
    void isBusyWhenACallWouldHaveToWait() {
        assertTrue(state(BUSY).isBusy());
        assertTrue(state(BUSY, BUSY).isBusy());
        assertFalse(state(BUSY, FREE).isBusy());
        assertFalse(state(FREE).isBusy());
        assertFalse(state().isBusy(), "none is told of, so none is known to be busy");
    }
}
