package vmtestd.report;

import java.util.List;
import java.util.function.Consumer;
import vmtestd.cleanup.Journal;
import vmtestd.run.RunListener;
import vmtestd.run.RunReport;
import vmtestd.run.Step;
import vmtestd.run.StepResult;

/**
 * Tells several observers of a run, in their order. One that fails has no effect on the run, nor on
 * the others.
 *
 * @param bugs is told of one that failed
 */
public record RunListeners(List<RunListener> all, Consumer<Throwable> bugs) implements RunListener {
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
    public void warn(String words) {
        tell(observer -> observer.warn(words));
    }

    @Override
    public void leftoverRemoved(Journal.Kind kind) {
        tell(observer -> observer.leftoverRemoved(kind));
    }

    @Override
    public void runEnded(RunReport report) {
        tell(observer -> observer.runEnded(report));
    }

    private void tell(Consumer<RunListener> what) {
        for (RunListener observer : all) {
            try {
                what.accept(observer);
            } catch (RuntimeException | Error e) {
                bugs.accept(e);
            }
        }
    }
}
