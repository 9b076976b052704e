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

class RunListenersTest {
    private static final StepResult RESULT = new StepResult(Step.CONNECT, Duration.ZERO, "", null);
    private static final RunReport REPORT = new RunReport("test-vm-1", Instant.EPOCH, Duration.ZERO, null,
            List.of(RESULT), null, "", "", Map.of(), List.of());
    private static final List<String> ALL = List.of("started test-vm-1", "step CONNECT", "ended " + RESULT, "notice words",
            "removed VM", "report " + REPORT);

    private final List<String> seen = new ArrayList<>();
    private final List<Throwable> bugs = new ArrayList<>();

    @Test
    void areCalledInOrder() {
        callAll(new RunListeners(List.of(new Recorder("1 "), new Recorder("2 ")), bugs::add));
        assertEquals(ALL.stream().flatMap(what -> Stream.of("1 " + what, "2 " + what)).toList(), seen);
        assertEquals(List.of(), bugs);
    }

    @ParameterizedTest
    @MethodSource
    void areCalledAfterOneThatThrows(Throwable bug) {
        callAll(new RunListeners(List.of(new Recorder("1 "), new Failing(bug), new Recorder("2 ")), bugs::add));
        assertEquals(ALL.stream().flatMap(what -> Stream.of("1 " + what, "2 " + what)).toList(), seen);
        assertEquals(ALL.size(), bugs.size());
        bugs.forEach(thrown -> assertSame(bug, thrown));
    }

    static Stream<Throwable> areCalledAfterOneThatThrows() {
        return Stream.of(new IllegalStateException("a bug"), new NullPointerException(), new AssertionError(), new LinkageError(),
                new StackOverflowError());
    }

    @Test
    void mayBeEmpty() {
        callAll(new RunListeners(List.of(), bugs::add));
        assertEquals(List.of(), bugs);
    }

    private static void callAll(RunListener listener) {
        listener.runStarted("test-vm-1");
        listener.stepStarted(Step.CONNECT);
        listener.stepEnded(RESULT);
        listener.warn("words");
        listener.leftoverRemoved(Journal.Kind.VM);
        listener.runEnded(REPORT);
    }

    /** Records its calls. */
    private class Recorder implements RunListener {
        private final String name;

        Recorder(String name) {
            this.name = name;
        }

        void record(String what) {
            seen.add(name + what);
        }

        @Override
        public void runStarted(String id) {
            record("started " + id);
        }

        @Override
        public void stepStarted(Step step) {
            record("step " + step.name());
        }

        @Override
        public void stepEnded(StepResult result) {
            record("ended " + result);
        }

        @Override
        public void warn(String words) {
            record("notice " + words);
        }

        @Override
        public void leftoverRemoved(Journal.Kind kind) {
            record("removed " + kind.name());
        }

        @Override
        public void runEnded(RunReport report) {
            record("report " + report);
        }
    }

    /** Throws whatever is called. */
    private final class Failing extends Recorder {
        private final Throwable bug;

        Failing(Throwable bug) {
            super("");
            this.bug = bug;
        }

        @Override
        void record(String what) {
            if (bug instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) bug;
        }
    }
}
