package vmtestd.report;

import java.util.logging.Level;
import java.util.logging.Logger;
import vmtestd.cleanup.Cause;
import vmtestd.run.RunListener;
import vmtestd.run.RunReport;
import vmtestd.run.Step;
import vmtestd.run.StepResult;
import vmtestd.run.Failure;

/** Logs runs: one summary line each, and what went wrong. Steps that went well are for debugging. */
public final class RunLog implements RunListener {
    private final Logger log;
    private String notObserved = "";

    public RunLog(Logger log) {
        this.log = log;
    }

    @Override
    public void runStarted(String id) {
        log.fine(new LogLine("vm test started").with("id", id).toString());
    }

    @Override
    public void stepStarted(Step step) {
        log.fine(new LogLine("step started").with("step", step).toString());
    }

    @Override
    public void stepEnded(StepResult result) {
        Failure failure = result.failure();
        if (failure == null) {
            if (result.step() == Step.BOOT && result.note().startsWith("not observed") && !result.note().equals(notObserved)) {
                notObserved = result.note();
                log.warning(new LogLine("the guest's boot is not observed, and this is not said again").with("note", notObserved).toString());
            }
            log.fine(new LogLine("step done").with("step", result.step()).with("took", result.took())
                    .with("note", result.note()).toString());
        } else {
            log.info(new LogLine("step failed").with("step", result.step()).with("cause", failure.cause())
                    .with("took", result.took()).with("detail", failure.detail()).toString());
        }
    }

    @Override
    public void warn(String words) {
        log.warning(LogLine.warn(words));
    }

    @Override
    public void runEnded(RunReport report) {
        Failure failure = report.failure();
        if (failure != null) {
            boolean stopped = failure.cause() == Cause.INTERRUPTED;
            log.log(stopped ? Level.INFO : Level.SEVERE, new LogLine(stopped ? "vm test interrupted" : "vm test failed")
                    .with("step", failure.step()).with("cause", failure.cause()).with("id", report.id())
                    .with("took", report.took()).with("detail", failure.detail()).toString());
        } else {
            LogLine line = new LogLine("vm test passed").with("id", report.id()).with("took", report.took());
            for (StepResult step : report.steps()) {
                if (step.step() == Step.BOOT && report.guestUp() == null) {
                    continue;
                }
                line.with(step.step().toString(), step.took());
            }
            log.info(line.toString());
        }
        report.guestConsole().lines().forEach(line -> log.info(new LogLine("guest").with("line", line).toString()));
        report.consoleLog().lines().forEach(line -> log.info(new LogLine("console").with("line", line).toString()));
    }
}
