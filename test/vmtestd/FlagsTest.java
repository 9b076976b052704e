package vmtestd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import vmtestd.Flags.Flag;

class FlagsTest {
    private static final Map<String, Flag> KNOWN = Flags.in("  --name NAME  what it is called (preset)\n  --once       do it once\n");

    @Test
    void areThoseOfTheHelp() {
        assertEquals(List.of(new Flag("once", "", "", ""), new Flag("slo", "PERCENT", "once", ""), new Flag("name", "NAME", "", "a-long-preset")),
                List.copyOf(Flags.in("usage: x [flags]\n  --once         do it once (or twice)\n  --slo PERCENT  with --once: how well\n"
                        + "Names:\n  --name NAME    what it is called\n     (a-long-preset)\nExamples:\n  x --once\n").values()));
    }

    @Test
    void haveTheirDefaultsIfNoneIsSet() {
        Flags flags = new Flags(KNOWN);
        assertEquals("preset", flags.get("name"));
        assertFalse(flags.isSet("once"));
    }

    @Test
    void tellAGivenPresetFromOneThatIsNotGiven() {
        assertFalse(new Flags(KNOWN, "--once").isGiven("name"));
        assertTrue(new Flags(KNOWN, "--name", "preset").isGiven("name"));
        assertTrue(new Flags(KNOWN, "--name=").isGiven("name"));
        assertTrue(new Flags(KNOWN, "--once=false").isGiven("once"));
    }

    /** Words are parted by blanks; an empty pair of braces stands for an empty word. */
    @ParameterizedTest
    @CsvSource({
        "-name x, x, false", "--name x, x, false", "-name=x, x, false", "--name=x, x, false",
        "--name={}, '', false", "--name {}, '', false", "--name=a=b, a=b, false", "--name -once, -once, false",
        "--name --, --, false", "--name x --name y, y, false",
        "-once, preset, true", "--once, preset, true", "--once --name=x, x, true", "--name x -once, x, true",
        "--once --once=false, preset, false", "--once --, preset, true", "--, preset, false"})
    void areReadAsGoReadsThem(String line, String name, boolean once) {
        Flags flags = new Flags(KNOWN, words(line));
        assertEquals(name, flags.get("name"));
        assertEquals(once, flags.isSet("once"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "t", "T", "true", "TRUE", "True"})
    void takeEveryTrueOfGo(String word) {
        assertTrue(new Flags(KNOWN, "--once=" + word).isSet("once"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "f", "F", "false", "FALSE", "False"})
    void takeEveryFalseOfGo(String word) {
        assertFalse(new Flags(KNOWN, "--once", "--once=" + word).isSet("once"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "word | unexpected argument 'word': vmtestd takes flags only, see --help",
        "{} | unexpected argument '': vmtestd takes flags only, see --help",
        "- | unexpected argument '-': vmtestd takes flags only, see --help",
        "--once true | unexpected argument 'true': vmtestd takes flags only, see --help",
        "--name x y | unexpected argument 'y': vmtestd takes flags only, see --help",
        "-- --once | unexpected argument '--': vmtestd takes flags only, see --help",
        "--onec | unknown flag --onec: did you mean --once?",
        "--nmae | unknown flag --nmae: did you mean --name?",
        "--nope | unknown flag --nope: see --help for a list",
        "-nope=hunter2 | unknown flag --nope: see --help for a list",
        "--Name x | unknown flag --Name: did you mean --name?",
        "---once | unknown flag ---once: did you mean --once?",
        "-= | unknown flag --: see --help for a list",
        "--name | --name: no value; legal is --name NAME",
        "--once -name | --name: no value; legal is --name NAME",
        "--once=yes | --once=yes: not a truth value; legal are true and false",
        "-once=tRUE | --once=tRUE: not a truth value; legal are true and false",
        "--once= | --once=: not a truth value; legal are true and false"})
    void sayWhatIsWrongWithALine(String line, String message) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, () -> new Flags(KNOWN, words(line))).getMessage());
    }

    private static String[] words(String line) {
        String[] words = line.split(" ");
        for (int i = 0; i < words.length; i++) {
            words[i] = words[i].replace("{}", "");
        }
        return words;
    }
}
