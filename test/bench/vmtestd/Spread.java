package vmtestd;

import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.logging.Logger;
import vmtestd.cleanup.StopSignal;
import vmtestd.time.TestClock;

/**
 * Shows how many runs of many nodes start in the same second, by the schedule's own code. All nodes start in the same second,
 * as after a power cut, and a run takes 15 to 35 s.
 */
final class Spread {
    private static final int NODES = 10_000;
    private static final int DAY = 86_400;
    private static final Duration INTERVAL = Duration.ofMinutes(5);

    private Spread() {}

    public static void main(String[] args) {
        System.out.printf("%n%,d nodes over a day, one run in 5m0s each%n%-34s %22s %22s%n", NODES, "runs that start in one second",
                "most, after the first", "second of the first");
        row("a fixed interval", false);
        row("the second run at random", true);
        System.out.printf("%-34s %,22d%n", "if they were spread evenly", NODES / INTERVAL.toSeconds());
    }

    private static void row(String title, boolean random) {
        Random durations = new Random(1);
        int[] starts = new int[DAY];
        for (int node = 0; node < NODES; node++) {
            TestClock clock = TestClock.stopped(Instant.EPOCH, 0);
            RunLoop loop = new RunLoop(INTERVAL, INTERVAL, clock, new StopSignal(), Logger.getAnonymousLogger(), skipped -> { },
                    random ? RunLoop.advance(INTERVAL) : Duration.ZERO);
            for (long second = 0; second < DAY; second = clock.nanoTime() / 1_000_000_000) {
                starts[(int) second]++;
                clock.pass(Duration.ofMillis(15_000 + durations.nextInt(20_000)));
                clock.pass(loop.untilNext());
            }
        }
        int most = 0;
        for (int second = 1; second < DAY; second++) {
            most = Math.max(most, starts[second]);
        }
        System.out.printf("%-34s %,22d %,22d%n", title, most, starts[0]);
    }
}
