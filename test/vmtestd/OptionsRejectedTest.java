package vmtestd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A message names the flag, the value, what is wrong with it and what is legal. */
class OptionsRejectedTest {
    private static final String FLIST = "an http or https URL of an flist, such as "
            + "https://hub.threefold.me/tf-official-apps/alpine3.flist";
    private static final String PREFIX = "letters, digits and hyphens, at most 40, beginning with a letter or digit "
            + "and ending in a hyphen, but not in -keep-, and not like users' workloads with NUMBER-NUMBER-, such as test-vm-";

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "25h | too long", "24h1ms | too long", "-1s | not a duration", "-1ms | not a duration", "'' | not a duration",
        "10 | not a duration", "10d | not a duration", "ten | not a duration", "1e3s | not a duration",
        "9999999999999999999s | too long", "10000000000s | too long"})
    void aWaitMustBeADurationUpToADay(String value, String why) {
        assertEquals("--wait '" + value + "': " + why
                + "; legal is a duration from 0s to 24h0m0s, such as 10s, 5m or 1h30m", message("wait", value));
    }

    @ParameterizedTest
    @CsvSource({"timeout, 0, too short, 24h0m0s", "timeout, 999ms, too short, 24h0m0s", "timeout, 24h1s, too long, 24h0m0s",
        "interval, 0, too short, 8760h0m0s", "interval, 0.9s, too short, 8760h0m0s", "interval, 8761h, too long, 8760h0m0s"})
    void aTimeoutAndAnIntervalMustBeASecondAtLeast(String flag, String value, String why, String most) {
        assertEquals("--" + flag + " '" + value + "': " + why + "; legal is a duration from 1s to " + most
                + ", such as 10s, 5m or 1h30m", message(flag, value));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "'' | not a size", "M | not a size", "512m | not a size", "512MB | not a size", "512 M | not a size",
        "1.5G | not a size", "+512M | not a size", "-1 | not a size", "1234567890123456 | not a size",
        "249M | too small", "262143999 | too small", "255999K | too small", "0 | too small", "0T | too small",
        "1025G | too large", "2T | too large", "1099511627777 | too large", "999999999999999T | too large",
        "17179869184G | too large"})
    void memoryMustBeASize(String value, String why) {
        assertEquals("--memory '" + value + "': " + why + "; legal is a size from 250M to 1024G, such as 512M or 2G",
                message("memory", value));
    }

    @ParameterizedTest
    @CsvSource({"'', ''", "boot; network, boot; network", "'boot,', ''", "'boot,disk', disk", "BOOT, BOOT", "storage_network, storage_network",
        "boot+network, boot+network"})
    void aScenarioMustBeKnown(String value, String unknown) {
        assertEquals("--scenario '" + value + "': unknown scenario '" + unknown
                + "'; legal is boot, storage, network or storage+network, or several with commas between", message("scenario", value));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "000", "256", "1000", "-1", "+1", "1.5", "one", " 1", "\u0661", "4294967297"})
    void cpuMustBeANumberThatVmdCanTake(String value) {
        assertEquals("--cpu '" + value + "': not a number of CPUs; legal is a whole number from 1 to 255", message("cpu", value));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-", "test", "-test-", "test_vm-", "te/st-", "../-", "test-\n", "t\u00e4st-", "test vm-", ".-", "test-keep-",
        "1-1-", "1-1-test-", "12-345-vm-",
        "a23456789-123456789-123456789-123456789--"})
    void aPrefixMustBeFitForAName(String value) {
        assertEquals("--name-prefix '" + value + "': not a prefix; legal is " + PREFIX, message("name-prefix", value));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", "x.flist", "ftp://h/x", "file:///x", "http:x", "https:///x", "https://h", "https://h/", "https://:80/x", "https://h:x/y",
        "https://a:b:1/x", "https://h/a b", "https://h/x\n", "https://h/a{b}"})
    void anFlistMustBeAUrlOfTheWeb(String value) {
        for (String flag : new String[] {"flist", "kernel-flist"}) {
            assertEquals("--" + flag + " '" + value + "': not a URL with http or https, a host and a path; legal is " + FLIST,
                    message(flag, value));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"root", "procfs"})
    void aDirectoryMustBeAPath(String flag) {
        assertEquals("--" + flag + " '': no path; legal is the path of a directory", message(flag, ""));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "'' | '' | unknown scheme",
        "/run/r.sock | /run/r.sock | unknown scheme",
        "redis://hunter2@h:1 | redis://***@h:1 | unknown scheme",
        "unix://h/hunter2@/r | unix://***@/r | a slash before the '@': in a password it is written %2F",
        "unix://hunter2:a@b@/r x | unix://***@/r x | not a URL (Illegal character in path)",
        "tcp://hunter2@host | tcp://***@host | no host, or no port from 1 to 65535"})
    void aBrokerMustBeAUrlOfZbus(String value, String shown, String why) {
        assertEquals("--broker '" + shown + "': " + why + "; legal is unix:///path/to/socket or tcp://host:port",
                message("broker", value));
    }

    /** Mistyped, it still is the password. */
    @ParameterizedTest
    @ValueSource(strings = {
        "redis://hunter2@h:1", "tcp://hunter2@h", "unix://hunter2@h", "unix://hunter2@", "TCP://hunter2@h", "tcp://a@hunter2@h:0",
        "tcp://hunter2/x@h:1", "tcp://x/hunter2@h:1", "unix://x/hunter2@/r", "tcp:hunter2@h:1", "tcp:/hunter2@h:1",
        "hunter2@h:1", "//hunter2@h:1"})
    void aBrokersPasswordIsNeverShown(String value) {
        String message = message("broker", value);
        assertTrue(message.startsWith("--broker '"), message);
        assertFalse(message.contains("hunter2"), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "htp://hub/a.flist?token=hunter2", "https://hub?token=hunter2", "https://hub/a b.flist?token=hunter2", "hub.flist?hunter2",
        "https://hub/a.flist?mail=me@x&token=hunter2 x", "https://me:hunter2@hub", "https://pa?hunter2@hub/a b", "https:/hub/x?a=b'c hunter2"})
    void theQueryOfAnFlistIsNeverShown(String value) {
        String message = message("flist", value);
        assertTrue(message.startsWith("--flist '"), message);
        assertFalse(message.contains("hunter2"), message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "'' | ''", "ZUI | ZUI", "zui,perv | perv", "zui, perf | ' perf'", "zui; perf | zui; perf", "none,zui | none", "zui,none | none",
        "zui, | ''", ",zui | ''", "all | all"})
    void aReportMustBeAListOfChannels(String value, String word) {
        assertRejected("report", value, "--report '" + value + "': unknown word '" + word
                + "'; legal is none, or some of zui,perf,flag with commas between");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        ":9421", ":", "9421", "9421:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:99999", "127.0.0.1:123456", "127.0.0.1:-1",
        "127.0.0.1:http", "127.0.0.1:\u0661", "http://x:1", "x/y:1", "::1:80", "fe80::1:80", "[::1", "[::1]", "[::1]9421", "[]:1", "a b:1", " :1"})
    void anAddressMustHaveAHostAndAPort(String value) {
        assertRejected("listen", value, "--listen '" + value
                + "': not a host and port; legal is HOST:PORT, such as 127.0.0.1:9421 or [::1]:0; 0.0.0.0:9421 for every address");
    }

    private static void assertRejected(String flag, String value, String message) {
        String arg = "--" + flag + "=" + value;
        assertEquals(message, assertThrows(IllegalArgumentException.class, () -> Options.parse(arg)).getMessage());
        for (String mode : new String[] {"--once", "--sweep", "--status"}) {
            assertEquals(message, assertThrows(IllegalArgumentException.class, () -> Options.parse(mode, arg)).getMessage());
        }
    }

    @Test
    void thePasswordOfAMistypedAddressIsNotShown() {
        String message = message("listen", "hunter2@x:1");
        assertTrue(message.startsWith("--listen '***@x:1': "), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--json", "--json --once", "--sweep --json", "--json --status=false"})
    void jsonIsOfTheStatusOnly(String line) {
        assertEquals("--json: legal with --status only",
                assertThrows(IllegalArgumentException.class, () -> Options.parse(line.split(" "))).getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--once --sweep", "--status --once", "--sweep --status", "--once --sweep --status", "--status --once --json"})
    void oneModeAtATime(String line) {
        assertEquals("--once, --check, --status, --sweep: one at a time is legal",
                assertThrows(IllegalArgumentException.class, () -> Options.parse(line.split(" "))).getMessage());
    }

    private static String message(String flag, String value) {
        return assertThrows(IllegalArgumentException.class, () -> Options.parse("--" + flag + "=" + value)).getMessage();
    }
}
