package vmtestd.status;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import vmtestd.report.Hints;
import vmtestd.report.HistoryEntry;
import vmtestd.report.HistoryEntry.Result;
import vmtestd.report.LogText;
import vmtestd.report.Style;
import vmtestd.run.Step;
import vmtestd.time.GoDuration;
import vmtestd.time.UtcTime;

/**
 * A status as one HTML page without scripts or external resources. Everything that a peer or a guest has written is
 * escaped and bounded.
 */
final class StatusPage {
    /** Nothing is loaded from anywhere, even if some text were not escaped. */
    static final String CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'";

    private static final int FAILURES = 5;
    /** In bytes of HTML, so that the page stays below 40 KB. */
    private static final int MAX_DETAIL = 700;
    private static final int MAX_CONSOLES = 5000;
    /** In units of the drawing. */
    private static final int HEIGHT = 100;
    private static final int BAR = 8;

    /** Colour-blind people can tell these colours apart, and each has a letter or a place as well. */
    private static final String HEAD = """
            <!DOCTYPE html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width,initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta http-equiv="refresh" content="30">
            <title>vmtestd: %s</title>
            <style>
            :root{--bg:#fff;--fg:#1a1a1a;--dim:#5f5f5f;--line:#d8d8d8;--pass:#00805d;--fail:#c24e00;--stop:#737373;
            --s0:#0072b2;--s1:#56b4e9;--s2:#e69f00;--s3:#c4c4c4;--s4:#cc79a7;--s5:#737373}
            @media(prefers-color-scheme:dark){:root{--bg:#16181a;--fg:#e8e8e8;--dim:#a3a3a3;--line:#3a3d40;--s3:#a0a0a0}}
            *{box-sizing:border-box}
            body{margin:0 auto;padding:1rem;max-width:62rem;background:var(--bg);color:var(--fg);font:1rem/1.5 system-ui,sans-serif}
            h1{font-size:1.5rem;line-height:1.25;margin:.5rem 0}
            h2{font-size:1.05rem;margin:2rem 0 .5rem}
            p{margin:.3rem 0}
            .dim{color:var(--dim)}
            .state{border-left:.4rem solid var(--stop);padding-left:.8rem}
            .healthy{border-color:var(--pass)}.failing{border-color:var(--fail)}
            .strip{display:flex;flex-wrap:wrap;gap:2px;font:bold .75rem/1.1rem ui-monospace,monospace}
            .strip span{width:1.07rem;text-align:center;color:#fff;background:var(--stop)}
            .strip .p{background:var(--pass)}.strip .f{background:var(--fail)}
            svg{display:block;width:100%%;height:7rem;border-bottom:1px solid var(--line)}
            svg.days{height:3.5rem}
            path{fill:none;stroke:var(--stop);stroke-width:6}
            path.p{stroke:var(--pass)}path.f{stroke:var(--fail)}
            .c0{stroke:var(--s0);background:var(--s0)}.c1{stroke:var(--s1);background:var(--s1)}.c2{stroke:var(--s2);background:var(--s2)}
            .c3{stroke:var(--s3);background:var(--s3)}.c4{stroke:var(--s4);background:var(--s4)}.c5{stroke:var(--s5);background:var(--s5)}
            i{display:inline-block;width:.8em;height:.8em;margin-right:.4em}
            .scroll{overflow-x:auto}
            table{border-collapse:collapse;margin-top:.5rem}
            th,td{padding:.1rem 1.2rem .1rem 0;text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
            th:first-child,td:first-child{text-align:left}
            th{font-weight:normal;color:var(--dim)}
            @media(max-width:30rem){th,td{padding-right:.5rem}}
            article{border-top:1px solid var(--line);padding:.5rem 0;overflow-wrap:anywhere}
            pre{margin:.3rem 0;padding:.6rem;max-height:24rem;overflow:auto;border:1px solid var(--line);font:.8rem/1.35 ui-monospace,monospace;white-space:pre-wrap}
            a{color:inherit;margin-right:1rem}
            </style>
            """;

    /** What the drawing of the durations shows with a colour of its own; the rest is together. */
    private static final List<Step> COLOURED = List.of(Step.MOUNT, Step.DEPLOY, Step.BOOT, Step.WAIT, Step.DELETE);

    private final Status status;
    private final History history;
    private final StringBuilder html = new StringBuilder();
    private int consolesLeft = MAX_CONSOLES;

    private StatusPage(Status status) {
        this.status = status;
        history = status.history();
    }

    /** @param error what in the daemon's own environment prevents its runs, or empty */
    static String of(Status status, String error) {
        StatusPage page = new StatusPage(status);
        page.writeState(error);
        if (!page.history.runs().isEmpty()) {
            page.writeRuns();
            page.writeDurations();
        }
        if (!page.history.tallies().days().isEmpty()) {
            page.writeDays();
        }
        if (!page.history.failures().isEmpty()) {
            page.writeFailures();
        }
        page.add("<p class=dim><a href=metrics>metrics</a> <a href=status>status as JSON</a> <a href=health>health of the daemon</a> "
                + UtcTime.format(status.now()) + "</p>\n");
        return page.html.toString();
    }

    private void writeState(String error) {
        add(String.format(HEAD, status.state()));
        add("<div class=\"state " + status.state() + "\"><h1>" + escaped(StatusText.state(status, Style.PLAIN)) + "</h1>\n");
        HistoryEntry last = history.lastRun();
        if (last != null) {
            add("<p>Last run " + escaped(StatusText.lastRun(status)) + ".</p>\n");
        }
        if (history.running()) {
            add("<p>A run is in progress since " + UtcTime.format(history.since()) + ".</p>\n");
        }
        if (!error.isEmpty()) {
            add("<p>vmtestd itself cannot run: " + head(escaped(error), MAX_DETAIL) + "</p>\n");
        }
        add("</div>\n");
    }

    private void writeRuns() {
        add("<h2>Last " + history.runs().size() + " runs, newest last</h2>\n<div class=strip>");
        for (HistoryEntry run : history.runs()) {
            char mark = mark(run.result());
            add("<span" + (mark == 'i' ? "" : mark == '.' ? " class=p" : " class=f") + " title=\"" + escaped(head(run.id(), 60)) + ", "
                    + UtcTime.format(run.started()) + ", " + (run.failed() ? run.failure().step() + " " + run.failure().cause() : run.result())
                    + "\">" + (mark == '.' ? "\u00b7" : mark) + "</span>");
        }
        add("</div>\n<p class=dim>\u00b7 passed, F failed, i interrupted</p>\n");
    }

    private static char mark(Result result) {
        return switch (result) {
            case PASSED -> '.';
            case FAILED -> 'F';
            case INTERRUPTED -> 'i';
        };
    }

    /** A bar for each run, in the order of {@link #writeRuns}: a path for each colour, as short as SVG can say it. */
    private void writeDurations() {
        List<HistoryEntry> runs = history.runs();
        DurationStats passed = status.runs();
        // A run that hung must not flatten all the others.
        Duration full = passed == null ? longest(runs) : passed.max();
        long scale = Math.max(1, full.toMillis());
        StringBuilder[] paths = new StringBuilder[COLOURED.size() + 1];
        for (int i = 0; i < paths.length; i++) {
            paths[i] = new StringBuilder();
        }
        for (int i = 0; i < runs.size(); i++) {
            int x = i * BAR + BAR / 2;
            long millis = 0;
            for (int colour = 0; colour < paths.length; colour++) {
                long from = millis;
                millis += colourOf(runs.get(i), colour);
                long bottom = HEIGHT - Math.min(HEIGHT, from * HEIGHT / scale);
                long top = HEIGHT - Math.min(HEIGHT, millis * HEIGHT / scale);
                if (top < bottom) {
                    paths[colour].append('M').append(x).append(' ').append(bottom).append('V').append(top);
                }
            }
        }
        add("<h2>Durations of these runs by step</h2>\n<svg viewBox=\"0 0 " + History.MAX_RUNS * BAR + " " + HEIGHT
                + "\" preserveAspectRatio=none role=img aria-label=\"durations by step\">");
        for (int i = 0; i < paths.length; i++) {
            add("<path class=c" + i + " d=\"" + paths[i] + "\"/>");
        }
        add("</svg>\n<p class=dim>Full height is " + GoDuration.format(full) + (passed == null ? "" : ", the longest run that passed") + ".</p>\n");
        add("<div class=scroll><table><tr><th>step<th>runs<th>min<th>median<th>p95<th>max\n");
        for (Step step : Step.values()) {
            int colour = COLOURED.indexOf(step);
            row("<i class=c" + (colour < 0 ? COLOURED.size() : colour) + "></i>" + step, status.step(step));
        }
        row("whole run", passed);
        add("</table></div>\n");
    }

    private static Duration longest(List<HistoryEntry> runs) {
        Duration longest = Duration.ZERO;
        for (HistoryEntry run : runs) {
            longest = run.took().compareTo(longest) > 0 ? run.took() : longest;
        }
        return longest;
    }

    /** Returns the milliseconds of a step of its own colour, or of all the others and of what was outside any step. */
    private static long colourOf(HistoryEntry run, int colour) {
        if (colour < COLOURED.size()) {
            return run.steps().getOrDefault(COLOURED.get(colour), Duration.ZERO).toMillis();
        }
        long rest = run.took().toMillis();
        for (Step step : COLOURED) {
            rest -= run.steps().getOrDefault(step, Duration.ZERO).toMillis();
        }
        return Math.max(0, rest);
    }

    private void row(String name, DurationStats stats) {
        if (stats != null) {
            add("<tr><td>" + name + "<td>" + stats.count());
            for (Duration span : List.of(stats.min(), stats.median(), stats.p95(), stats.max())) {
                add("<td>" + GoDuration.format(span));
            }
            add("\n");
        }
    }

    /** A bar for each day up to today; a failure is seen even if it is one of many runs. */
    private void writeDays() {
        List<Tally> days = history.tallies().days();
        Instant today = Tallies.today(status.now());
        add("<h2>Days</h2>\n<p>" + history.tallies().rates(status.now()).replace("   ", ", ") + "</p>\n<svg class=days viewBox=\"0 0 " + Tallies.MAX_DAYS * BAR + " " + HEIGHT
                + "\" preserveAspectRatio=none role=img aria-label=\"passed and failed runs of each day\">");
        for (Tally day : days) {
            long age = Duration.between(day.start(), today).toDays();
            if (age < 0 || age >= Tallies.MAX_DAYS || day.verdicts() == 0) {
                continue;
            }
            long failed = day.failed() == 0 ? 0 : Math.max(5, day.failed() * (long) HEIGHT / day.verdicts());
            long x = (Tallies.MAX_DAYS - 1 - age) * BAR + BAR / 2;
            add("<g><title>" + UtcTime.format(day.start()).substring(0, 10) + ": " + day.passed() + " passed, " + day.failed() + " failed</title>");
            if (failed < HEIGHT) {
                add("<path class=p d=\"M" + x + " " + HEIGHT + "V" + failed + "\"/>");
            }
            add((failed == 0 ? "" : "<path class=f d=\"M" + x + " " + failed + "V0\"/>") + "</g>");
        }
        add("</svg>\n<p class=dim>The last " + Tallies.MAX_DAYS + " days, today at the right; failed runs are drawn from the top.</p>\n");
    }

    private void writeFailures() {
        List<HistoryEntry> failures = history.failures();
        add("<h2>Last failures, newest first</h2>\n");
        for (int i = failures.size() - 1; i >= Math.max(0, failures.size() - FAILURES); i--) {
            HistoryEntry run = failures.get(i);
            Hints hints = Hints.of(run.failure(), false, "");
            add("<article><b>" + run.failure().step() + ": " + run.failure().cause() + "</b>, " + UtcTime.format(run.started())
                    + ", " + escaped(head(run.id(), 60)) + "\n<p>" + head(escaped(run.failure().detail()), MAX_DETAIL) + "</p>\n<p class=dim>"
                    + escaped(hints.meaning()) + (hints.next().isEmpty() ? "" : " Try: " + escaped(hints.next())) + "</p>\n");
            writeConsole("The guest's console ends:", run.guest());
            writeConsole("The hypervisor's log ends:", run.console());
            add("</article>\n");
        }
    }

    /** The newest failures have their consoles as far as there is room for them. */
    private void writeConsole(String heading, String console) {
        if (console.isEmpty()) {
            return;
        }
        String text = "";
        List<String> lines = console.lines().toList();
        for (int i = lines.size() - 1; i >= 0; i--) {
            String more = escaped(lines.get(i)) + "\n" + text;
            if (bytes(more) > consolesLeft) {
                break;
            }
            text = more;
        }
        if (!text.isEmpty()) {
            consolesLeft -= bytes(text);
            add("<p>" + heading + "</p>\n<pre>" + text + "</pre>\n");
        }
    }

    /** Returns as much of an escaped text as fits into {@code max} bytes, without half an escape at its end. */
    private static String head(String escaped, int max) {
        if (bytes(escaped) <= max) {
            return escaped;
        }
        int end = Math.min(escaped.length(), max);
        while (bytes(escaped.substring(0, end)) > max) {
            end--;
        }
        int ampersand = escaped.lastIndexOf('&', end - 1);
        if (ampersand >= 0 && escaped.indexOf(';', ampersand) >= end) {
            end = ampersand;
        }
        return escaped.substring(0, LogText.cutAt(escaped, end)) + LogText.CUT;
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    /** Returns a text as HTML shows it, also within a quoted attribute. */
    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }

    private void add(String text) {
        html.append(text);
    }
}
