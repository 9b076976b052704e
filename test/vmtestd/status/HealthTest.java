package vmtestd.status;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HealthTest {
    @ParameterizedTest
    @CsvSource({
        "true, true, PT14.2S, ok, 14.2", "true, false, PT0S, ok, 0", "false, true, PT25M, late, 1500",
        "false, false, PT0.0015S, late, 0.001"})
    void isOneJsonObject(boolean onSchedule, boolean running, Duration since, String status, String seconds) {
        assertEquals("{\"status\":\"" + status + "\",\"running\":" + running + ",\"seconds\":" + seconds + "}",
                new Health(onSchedule, running, since).toJson());
        assertEquals("{\"status\":\"local-error\",\"running\":" + running + ",\"seconds\":" + seconds + ",\"error\":\"no \\\"disk\\\"\"}",
                new Health(onSchedule, running, since).withError("no \"disk\"").toJson());
    }
}
