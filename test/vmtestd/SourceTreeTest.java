package vmtestd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The direction of imports that README.md states, and the limits that CONTRIBUTING.md states. */
class SourceTreeTest {
    private static final Pattern PACKAGE = Pattern.compile("(?m)^    (src/vmtestd/(?:[a-z]+/)?) ");
    private static final Pattern IMPORT = Pattern.compile("(?m)^import (?:static )?(vmtestd\\.(?:[a-z]+\\.)?)");

    @Test
    void packagesImportOnlyFromThoseAboveThem() throws IOException {
        List<String> order = PACKAGE.matcher(Files.readString(Path.of("README.md"))).results().map(match -> match.group(1)).toList();
        List<String> wrong = new ArrayList<>();
        for (Path file : sources("src/vmtestd")) {
            int here = order.indexOf(file.getParent() + "/");
            assertTrue(here >= 0, file + " is in a package that README.md does not list");
            IMPORT.matcher(Files.readString(file)).results().map(match -> "src/" + match.group(1).replace('.', '/'))
                    .filter(imported -> order.indexOf(imported) > here).forEach(imported -> wrong.add(file + " imports from " + imported));
        }
        assertEquals(List.of(), wrong);
    }

    @Test
    void filesAndPackagesAreSmall() throws IOException {
        Map<Path, Integer> files = new HashMap<>();
        for (Path file : sources("src", "test")) {
            assertTrue(Files.readAllLines(file).size() <= 350, file::toString);
            files.merge(file.getParent(), 1, Integer::sum);
        }
        files.forEach((directory, count) -> assertTrue(count <= 15 || !directory.startsWith("src"), directory::toString));
    }

    @Test
    void classesHaveUniqueNames() throws IOException {
        Set<String> names = new HashSet<>();
        List<Path> twice = sources("src", "test");
        twice.removeIf(file -> file.endsWith("package-info.java") || file.endsWith("module-info.java")
                || names.add(file.getFileName().toString()));
        assertEquals(List.of(), twice);
    }

    private static List<Path> sources(String... roots) throws IOException {
        List<Path> all = new ArrayList<>();
        for (String root : roots) {
            try (Stream<Path> tree = Files.walk(Path.of(root))) {
                tree.filter(file -> file.toString().endsWith(".java")).forEach(all::add);
            }
        }
        return all;
    }
}
