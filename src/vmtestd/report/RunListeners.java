package vmtestd.report;

import java.util.List;
import java.util.function.Consumer;
import vmtestd.cleanup.Journal;
import vmtestd.run.RunListener;
import vmtestd.run.RunReport;
import vmtestd.run.Step;
import vmtestd.run.StepResult;

/**
 * Calls several listeners in order. One that throws affects neither the run nor the others.
 *
 * @param errors called with what a listener throws
 */
public record RunListeners(List<RunListener> all, Consumer<Throwable> errors) implements RunListener {
    @Override
    public void runStarted(String id) {
        forEach(listener -> listener.runStarted(id));
    }

    @Override
    public void stepStarted(Step step) {
        forEach(listener -> listener.stepStarted(step));
    }

    @Override
    public void stepEnded(StepResult result) {
        forEach(listener -> listener.stepEnded(result));
    }

    @Override
    public void warn(String words) {
        forEach(listener -> listener.warn(words));
    }

    @Override
    public void leftoverRemoved(Journal.Kind kind) {
        forEach(listener -> listener.leftoverRemoved(kind));
    }

    @Override
    public void runEnded(RunReport report) {
        forEach(listener -> listener.runEnded(report));
    }

    private void forEach(Consumer<RunListener> event) {
        for (RunListener listener : all) {
            try {
                event.accept(listener);
            } catch (RuntimeException | Error e) {
                errors.accept(e);
            }
        }
    }
}
