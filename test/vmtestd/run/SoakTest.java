package vmtestd.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** A short soak, the same each time. {@code make soak} does long ones. */
@Isolated("It counts descriptors, threads and bytes of the whole JVM.")
class SoakTest {
    @Test
    void findsEveryVerdictRightAndNothingLeft() throws Exception {
        assertEquals(List.of(), new Soak(300, 20261122).run());
    }
}
