package vmtestd;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** What {@code --version} prints. */
final class Version {
    private Version() {}

    static String text() {
        String packed = System.getProperty("jdk.module.path") == null ? "image" : "jar";
        return "vmtestd " + Options.VERSION + ", commit " + commit() + ", " + packed + ", " + System.getProperty("java.vm.name") + " "
                + System.getProperty("java.vm.version") + "\n";
    }

    /** The build writes it into the jar. */
    private static String commit() {
        try (InputStream in = Version.class.getResourceAsStream("commit")) {
            return in == null ? "unknown" : new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            return "unknown";
        }
    }
}
