package vmtestd.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonReaderTest {
    @Test
    void readsEveryKindOfValue() {
        assertEquals(Map.of("a", 1.0, "b", "x", "c", true, "d", false, "e", List.of(2.0, List.of()), "f", Map.of("g", Map.of())),
                JsonReader.parse("{\"a\":1,\"b\":\"x\",\"c\":true,\"d\":false,\"e\":[2,[]],\"f\":{\"g\":{}}}"));
        assertEquals(Arrays.asList(null, null), JsonReader.parse("[null,null]"));
        assertNull(JsonReader.parse("null"));
    }

    @Test
    void skipsBlanksBetweenTokens() {
        assertEquals(Map.of("a", List.of(1.0, 2.0), "b", true),
                JsonReader.parse(" \t\r\n{ \"a\" : [ 1 , 2\n]\t,\r\n\"b\":true } \n"));
        assertEquals(List.of(), JsonReader.parse("[ ]"));
        assertEquals(Map.of(), JsonReader.parse("{ }"));
    }

    @Test
    void keepsTheOrderOfNamesAndTheLastOfTwoValues() {
        assertEquals("{z=1.0, a=4.0, m=3.0}", JsonReader.parse("{\"z\":1,\"a\":2,\"m\":3,\"a\":4}").toString());
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0", "-0, -0.0", "7, 7", "-12, -12", "1.50, 1.5", "1e3, 1000", "1E+3, 1000", "25e-2, 0.25", "-0.5e1, -5",
        "1e400, Infinity"})
    void readsNumbers(String text, double number) {
        assertEquals(number, JsonReader.parse(text));
    }

    @ParameterizedTest
    @CsvSource({
        "\\\", \"", "\\\\, \\", "\\/, /", "\\b, '\b'", "\\f, '\f'", "\\n, '\n'", "\\r, '\r'", "\\t, '\t'", "\\u0041, A", "\\u00fC, \u00fc",
        "\\uFFFF, \uffff", "\\u0000, '\0'", "\\ud83d\\ude00, \ud83d\ude00", "\\ud83d, \ud83d", "a\\nb\\nc, 'a\nb\nc'",
        "\u007f\u2028, \u007f\u2028"})
    void readsEveryEscape(String written, String text) {
        assertEquals(text, JsonReader.parse("\"" + written + "\""));
    }

    @ParameterizedTest
    @CsvSource(delimiterString = "->", textBlock = """
            ''              -> 0: the end
            ' '             -> 1: the end
            x               -> 0: no value
            +1              -> 2: no value
            -               -> 1: no value
            01              -> 2: no value
            1.              -> 2: no value
            .5              -> 2: no value
            1e              -> 2: no value
            1-2             -> 3: no value
            NaN             -> 0: no value
            'nul'           -> 0: an unknown word
            nil             -> 0: an unknown word
            tru             -> 0: an unknown word
            fals            -> 0: an unknown word
            TRUE            -> 0: no value
            truest          -> 4: something behind the value
            1 2             -> 2: something behind the value
            {}}             -> 2: something behind the value
            [] ,            -> 3: something behind the value
            [               -> 1: the end
            [1              -> 2: no ']'
            [1 2]           -> 3: no ']'
            [1}             -> 2: no ']'
            [1,             -> 3: the end
            [1,]            -> 3: no value
            [,1]            -> 1: no value
            {               -> 1: no '"'
            {1:2}           -> 1: no '"'
            {"a"            -> 4: no ':'
            {"a" 1}         -> 5: no ':'
            {"a":           -> 5: the end
            {"a":}          -> 5: no value
            {"a":1          -> 6: no '}'
            {"a":1 "b":2}   -> 7: no '}'
            {"a":1]         -> 6: no '}'
            {"a":1,}        -> 7: no '"'
            {"a":1,,"b":2}  -> 7: no '"'
            {a:1}           -> 1: no '"'
            {'a':1}         -> 1: no '"'
            'a'             -> 0: no value
            "               -> 1: the end
            "a              -> 2: the end
            "a\\            -> 3: the end
            "\\"            -> 3: the end
            "\\x"           -> 3: an unknown escape
            "\\U0041"       -> 3: an unknown escape
            "\\u"           -> 4: no hexadecimal digit
            "\\u00g0"       -> 6: no hexadecimal digit
            "\\u-041"       -> 4: no hexadecimal digit
            "\\u004         -> 6: the end
            """)
    void saysWhereAndWhyATextIsNoJson(String text, String sentence) {
        assertEquals("no JSON at character " + sentence, refused(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\t", "\0", "\u001f", "\r"})
    void refusesControlCharactersInAString(String control) {
        assertEquals("no JSON at character 3: a control character in a string", refused("\"a" + control + "b\""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\ufeff1", "\u00a01", "\u000b1", "\u0661", "\uff11"})
    void takesOnlyAsciiForBlanksAndDigits(String text) {
        assertEquals("no JSON at character 0: no value", refused(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u0660", "\uff21", "\u0967"})
    void takesOnlyAsciiDigitsInAnEscape(String digit) {
        assertEquals("no JSON at character 4: no hexadecimal digit", refused("\"\\u" + digit + "041\""));
    }

    @Test
    void readsSeventeenLevelsAndNoMore() {
        String arrays = JsonReader.parse("[".repeat(17) + "]".repeat(17)).toString();
        assertEquals("[".repeat(17) + "]".repeat(17), arrays);
        assertEquals("no JSON at character 17: nested too deep", refused("[".repeat(18) + "]".repeat(18)));
        assertTrue(JsonReader.parse("{\"a\":".repeat(16) + "1" + "}".repeat(16)) instanceof Map);
        assertEquals("no JSON at character 85: nested too deep", refused("{\"a\":".repeat(17) + "1" + "}".repeat(17)));
        assertEquals("no JSON at character 17: nested too deep", refused("[".repeat(1_000_000)));
        assertEquals(40.0, ((List<?>) JsonReader.parse("[" + "[],".repeat(40) + "40]")).get(40), "beside each other is not deep");
    }

    private static String refused(String text) {
        return assertThrows(IllegalArgumentException.class, () -> JsonReader.parse(text)).getMessage();
    }
}
