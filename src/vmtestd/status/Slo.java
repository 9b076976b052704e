package vmtestd.status;

import java.time.Duration;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A service level objective: so many per cent of the runs with a verdict pass, within so many hours or days.
 *
 * @param thousandths of a per cent
 * @param count of hours or days, the current one included
 */
public record Slo(String text, int thousandths, int count, boolean days) {
    private static final Pattern FORM = Pattern.compile("([0-9]{1,3})(?:\\.([0-9]{1,3}))?%/([0-9]{1,2})([hd])");

    /** Whether an objective was met, and the words for it. */
    record Verdict(int exitStatus, String text) {}

    /**
     * Parses an objective such as {@code 99.5%/7d}.
     *
     * @throws IllegalArgumentException if it is not one, or longer than 24 hours or 90 days
     */
    public static Slo parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (matcher.matches()) {
            String fraction = matcher.group(2) == null ? "" : matcher.group(2);
            int thousandths = Integer.parseInt(matcher.group(1) + (fraction + "000").substring(0, 3));
            int count = Integer.parseInt(matcher.group(3));
            boolean days = matcher.group(4).equals("d");
            if (thousandths > 0 && thousandths <= 100_000 && count > 0 && count <= (days ? Tallies.MAX_DAYS : Tallies.MAX_HOURS)) {
                return new Slo(text, thousandths, count, days);
            }
        }
        throw new IllegalArgumentException("not an objective");
    }

    /** Returns exit status 0 if it was met, 1 if it was not, 3 if that is unknown. */
    Verdict judge(Tallies tallies, Instant now) {
        Tally sum = days ? tallies.lastDays(count, now) : tallies.lastHours(count, now);
        String missing = missing(tallies, sum);
        if (missing != null) {
            return new Verdict(3, text + ": not enough data: " + missing);
        }
        boolean met = sum.passed() * 100_000L >= (long) sum.verdicts() * thousandths;
        return new Verdict(met ? 0 : 1, text + ": " + (met ? "met" : "not met") + ": " + sum.rate() + ", " + sum.passed() + " of "
                + sum.verdicts() + (sum.verdicts() == 1 ? " run" : " runs") + " passed");
    }

    /** Returns which part of the window has no verdict, or null: each day needs one, and of hours the history must reach back. */
    private String missing(Tallies tallies, Tally sum) {
        for (int day = 0; days && day < count; day++) {
            Instant start = sum.start().plus(Duration.ofDays(day));
            if (tallies.days().stream().noneMatch(tally -> tally.start().equals(start) && tally.verdicts() > 0)) {
                return "no verdict on " + start.toString().substring(0, 10);
            }
        }
        if (!days && (tallies.hours().isEmpty() || tallies.hours().get(0).start().isAfter(sum.start()))) {
            return "the history does not reach back to " + sum.start();
        }
        return sum.verdicts() == 0 ? "no verdict" : null;
    }
}
