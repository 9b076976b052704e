package vmtestd.report;

import java.util.List;
import java.util.function.Consumer;
import vmtestd.check.Journal;
import vmtestd.check.RunObserver;
import vmtestd.check.RunReport;
import vmtestd.check.Step;
import vmtestd.check.StepResult;

/**
 * Tells several observers of a run, in their order. One that fails has no effect on the run, nor on
 * the others.
 *
 * @param bugs is told of one that failed
 */
public record Observers(List<RunObserver> all, Consumer<Throwable> bugs) implements RunObserver {
    @Override
    public void runStarted(String id) {
        tell(observer -> observer.runStarted(id));
    }

    @Override
    public void stepStarted(Step step) {
        tell(observer -> observer.stepStarted(step));
    }

    @Override
    public void stepEnded(StepResult result) {
        tell(observer -> observer.stepEnded(result));
    }

    @Override
    public void notice(String words) {
        tell(observer -> observer.notice(words));
    }

    @Override
    public void leftoverRemoved(Journal.Kind kind) {
        tell(observer -> observer.leftoverRemoved(kind));
    }

    @Override
    public void runEnded(RunReport report) {
        tell(observer -> observer.runEnded(report));
    }

    private void tell(Consumer<RunObserver> what) {
        for (RunObserver observer : all) {
            try {
                what.accept(observer);
            } catch (RuntimeException | Error e) {
                bugs.accept(e);
            }
        }
    }
}
