package vmtestd.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import vmtestd.cleanup.Journal;
import vmtestd.run.RunListener;
import vmtestd.run.RunReport;
import vmtestd.run.Step;
import vmtestd.run.StepResult;
import vmtestd.run.Failure;

class RunListenersTest {
    private static final StepResult RESULT = new StepResult(Step.CONNECT, Duration.ZERO, "", null);
    private static final RunReport REPORT = new RunReport("test-vm-1", Instant.EPOCH, Duration.ZERO, null,
            List.of(RESULT), null, "", "", Map.of(), List.of());
    private static final List<String> ALL = List.of("started test-vm-1", "step CONNECT", "ended " + RESULT, "notice words",
            "removed VM", "report " + REPORT);

    private final List<String> seen = new ArrayList<>();
    private final List<Throwable> bugs = new ArrayList<>();

    @Test
    void areAllToldOfAllInTheirOrder() {
        tell(new RunListeners(List.of(new Keeper("1 "), new Keeper("2 ")), bugs::add));
        assertEquals(ALL.stream().flatMap(what -> Stream.of("1 " + what, "2 " + what)).toList(), seen);
        assertEquals(List.of(), bugs);
    }

    @ParameterizedTest
    @MethodSource
    void areToldThoughOneBeforeThemFails(Throwable bug) {
        tell(new RunListeners(List.of(new Keeper("1 "), new Failing(bug), new Keeper("2 ")), bugs::add));
        assertEquals(ALL.stream().flatMap(what -> Stream.of("1 " + what, "2 " + what)).toList(), seen);
        assertEquals(ALL.size(), bugs.size());
        bugs.forEach(told -> assertSame(bug, told));
    }

    static Stream<Throwable> areToldThoughOneBeforeThemFails() {
        return Stream.of(new IllegalStateException("a bug"), new NullPointerException(), new AssertionError(), new LinkageError(),
                new StackOverflowError());
    }

    @Test
    void mayBeNobody() {
        tell(new RunListeners(List.of(), bugs::add));
        assertEquals(List.of(), bugs);
    }

    private static void tell(RunListener observer) {
        observer.runStarted("test-vm-1");
        observer.stepStarted(Step.CONNECT);
        observer.stepEnded(RESULT);
        observer.warn("words");
        observer.leftoverRemoved(Journal.Kind.VM);
        observer.runEnded(REPORT);
    }

    /** Keeps what it is told of. */
    private class Keeper implements RunListener {
        private final String name;

        Keeper(String name) {
            this.name = name;
        }

        void keep(String what) {
            seen.add(name + what);
        }

        @Override
        public void runStarted(String id) {
            keep("started " + id);
        }

        @Override
        public void stepStarted(Step step) {
            keep("step " + step.name());
        }

        @Override
        public void stepEnded(StepResult result) {
            keep("ended " + result);
        }

        @Override
        public void warn(String words) {
            keep("notice " + words);
        }

        @Override
        public void leftoverRemoved(Journal.Kind kind) {
            keep("removed " + kind.name());
        }

        @Override
        public void runEnded(RunReport report) {
            keep("report " + report);
        }
    }

    /** Fails whatever it is told of. */
    private final class Failing extends Keeper {
        private final Throwable bug;

        Failing(Throwable bug) {
            super("");
            this.bug = bug;
        }

        @Override
        void keep(String what) {
            if (bug instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) bug;
        }
    }
}
