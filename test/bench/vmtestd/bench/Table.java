package vmtestd.bench;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;

/** Figures beside their floors. A figure is the median of its samples. */
final class Table {
    private static final String ROW = "%-51s %12s %12s %7s  %s%n";

    private final PrintStream out;

    Table(PrintStream out) {
        this.out = out;
        out.printf(ROW, "", "vmtestd", "floor", "ratio", "target");
    }

    /** The middle one, or the mean of the two in the middle. */
    static double median(Collection<Double> samples) {
        double[] sorted = samples.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    /** The smallest that 99 % of the samples do not exceed. */
    static double p99(double... samples) {
        double[] sorted = samples.clone();
        Arrays.sort(sorted);
        return sorted[(sorted.length * 99 + 99) / 100 - 1];
    }

    /** A figure that has no floor. */
    void row(String what, double figure) {
        out.printf(ROW, what, text(figure), "", "", "");
    }

    /** A figure that is only told. */
    void row(String what, double figure, double floor) {
        out.printf(ROW, what, text(figure), text(floor), ratio(figure, floor), "");
    }

    /** A figure that may be so many times its floor. */
    void ratioAtMost(double target, String what, double figure, double floor) {
        out.printf(ROW, what, text(figure), text(floor), ratio(figure, floor),
                String.format(Locale.ROOT, "ratio at most %.2f: %s", target, figure <= target * floor ? "met" : "not met"));
    }

    /** A figure that has a bound of its own. */
    void atMost(double target, String what, double figure, double floor) {
        out.printf(ROW, what, text(figure), text(floor), ratio(figure, floor),
                "at most " + text(target) + ": " + (figure <= target ? "met" : "not met"));
    }

    private static String ratio(double figure, double floor) {
        return String.format(Locale.ROOT, "%.2f", figure / floor);
    }

    private static String text(double figure) {
        return String.format(Locale.ROOT, figure >= 1000 ? "%,.0f" : figure >= 100 ? "%.0f" : "%.2f", figure);
    }
}
