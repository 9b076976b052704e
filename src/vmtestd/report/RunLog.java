package vmtestd.report;

import java.util.EnumSet;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import vmtestd.run.Failure;
import vmtestd.run.RunListener;
import vmtestd.run.RunReport;
import vmtestd.run.Step;
import vmtestd.run.StepResult;

/** Logs each run as one summary line, after what went wrong. Steps that passed are logged at debug level. */
public class RunLog implements RunListener {
    private final Logger log;
    private final Set<Step> warned = EnumSet.noneOf(Step.class);

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
        if (failure != null) {
            log.info(new LogLine("step failed").with("step", result.step()).with("cause", failure.cause())
                    .with("took", result.took()).with("detail", failure.detail()).toString());
            return;
        }
        log.fine(new LogLine("step done").with("step", result.step()).with("took", result.took()).with("note", result.note()).toString());
        if (!result.passed() && warned.add(result.step())) {
            log.warning(new LogLine("a step tested nothing; this is logged once").with("step", result.step())
                    .with("note", result.note()).toString());
        }
    }

    @Override
    public void warn(String words) {
        log.warning(LogLine.warn(words));
    }

    @Override
    public void runEnded(RunReport report) {
        Failure failure = report.failure();
        HistoryEntry run = HistoryEntry.of(report, "");
        LogLine line = new LogLine("vm test " + run.result());
        if (failure != null) {
            line.with("step", failure.step()).with("cause", failure.cause());
        }
        line.with("id", report.id()).with("took", report.took());
        if (failure != null) {
            line.with("detail", failure.detail());
        } else {
            run.steps().forEach((step, took) -> line.with(step.toString(), took));
        }
        line.with("scenario", run.scenario());
        log.log(run.failed() ? Level.SEVERE : Level.INFO, line.toString());
        report.guestConsole().lines().forEach(text -> log.info(new LogLine("guest").with("line", text).toString()));
        report.consoleLog().lines().forEach(text -> log.info(new LogLine("console").with("line", text).toString()));
    }
}
