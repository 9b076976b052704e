package vmtestd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import vmtestd.cleanup.Scenario;
import vmtestd.cleanup.Settings;
import vmtestd.redis.BrokerUrl;
import vmtestd.report.Notifiers.Channel;

class OptionsTest {
    private static final String HUB = "https://hub.threefold.me/";

    @Test
    void haveTheirDefaults() {
        assertEquals(new Options(Options.Mode.DAEMON, Path.of("/var/cache/modules/vmtestd"),
                BrokerUrl.parse("unix:///var/run/redis.sock"), Path.of("/proc"), Duration.ofMinutes(5),
                new Settings(HUB + "tf-official-apps/alpine3.flist", HUB + "tf-autobuilder/cloud-container-9dba60e.flist",
                        "test-vm-", 1, 536_870_912, Duration.ofSeconds(60), Duration.ofSeconds(10), Duration.ofMinutes(2), false, false,
                        List.of(Scenario.BOOT)),
                Set.of(Channel.ZUI, Channel.PERF), null, false, false, null, ""),
                Options.parse());
    }

    static Stream<Arguments> flags() {
        return Stream.of(
                flag("root", "/tmp/x", Options::root, Path.of("/tmp/x")),
                flag("root", "x/y", Options::root, Path.of("x/y").toAbsolutePath()),
                flag("broker", "tcp://pw@h:1", Options::broker, BrokerUrl.parse("tcp://pw@h:1")),
                flag("scenario", "boot,network+storage", options -> options.settings().scenarios(),
                        List.of(Scenario.BOOT, Scenario.STORAGE_NETWORK)),
                flag("scenario", "storage,network,storage+network", options -> options.settings().scenarios(),
                        List.of(Scenario.STORAGE, Scenario.NETWORK, Scenario.STORAGE_NETWORK)),
                flag("interval", "1s", Options::interval, Duration.ofSeconds(1)),
                flag("interval", "8760h", Options::interval, Duration.ofDays(365)),
                flag("flist", "http://h/x.flist", options -> options.settings().flist(), "http://h/x.flist"),
                flag("kernel-flist", "https://h:1/k", options -> options.settings().kernelFlist(), "https://h:1/k"),
                flag("name-prefix", "1-", options -> options.settings().prefix(), "1-"),
                flag("flist", "http://flist_hub:8080/a.flist", options -> options.settings().flist(), "http://flist_hub:8080/a.flist"),
                flag("flist", "HTTPS://h/x", options -> options.settings().flist(), "HTTPS://h/x"),
                flag("flist", "http://u:p@[::1]:80/x", options -> options.settings().flist(), "http://u:p@[::1]:80/x"),
                flag("name-prefix", "a-", options -> options.settings().prefix(), "a-"),
                flag("name-prefix", "healthcheck-vm-", options -> options.settings().prefix(), "healthcheck-vm-"),
                flag("cpu", "255", options -> options.settings().cpu(), 255),
                flag("cpu", "001", options -> options.settings().cpu(), 1),
                flag("procfs", "/host/proc", Options::procfs, Path.of("/host/proc")),
                flag("boot-timeout", "0", options -> options.settings().bootTimeout(), Duration.ZERO),
                flag("boot-timeout", "0s", options -> options.settings().bootTimeout(), Duration.ZERO),
                flag("boot-timeout", "5s", options -> options.settings().bootTimeout(), Duration.ofSeconds(5)),
                flag("boot-timeout", "10m", options -> options.settings().bootTimeout(), Duration.ofMinutes(10)),
                flag("wait", "0", options -> options.settings().waitTime(), Duration.ZERO),
                flag("wait", "24h", options -> options.settings().waitTime(), Duration.ofDays(1)),
                flag("timeout", "1h30m", options -> options.settings().timeout(), Duration.ofMinutes(90)),
                flag("report", "none", Options::report, Set.of()),
                flag("report", "flag", Options::report, Set.of(Channel.FLAG)),
                flag("report", "perf,zui,perf", Options::report, Set.of(Channel.ZUI, Channel.PERF)),
                flag("report", "zui,perf,flag", Options::report, Set.of(Channel.values())),
                flag("listen", "", Options::listen, null),
                flag("listen", "127.0.0.1:9421", Options::listen, InetSocketAddress.createUnresolved("127.0.0.1", 9421)),
                flag("listen", "node-7.grid.tf:0", Options::listen, InetSocketAddress.createUnresolved("node-7.grid.tf", 0)),
                flag("listen", "[::1]:65535", Options::listen, InetSocketAddress.createUnresolved("[::1]", 65535)));
    }

    private static Arguments flag(String name, String value, Function<Options, Object> part, Object expected) {
        return arguments(name, value, part, expected);
    }

    @ParameterizedTest
    @MethodSource("flags")
    void takeAFlagInEveryNotation(String name, String value, Function<Options, Object> part, Object expected) {
        assertEquals(expected, part.apply(Options.parse("--" + name, value)));
        assertEquals(expected, part.apply(Options.parse("-" + name, value)));
        assertEquals(expected, part.apply(Options.parse("--" + name + "=" + value)));
        assertEquals(expected, part.apply(Options.parse("-" + name + "=" + value)));
    }

    @ParameterizedTest
    @CsvSource({
        "250M, 262144000", "262144000, 262144000", "256000K, 262144000", "512M, 536870912", "1G, 1073741824",
        "1024G, 1099511627776", "1T, 1099511627776", "1099511627776, 1099511627776", "0512M, 536870912"})
    void readSizesInPowersOf1024(String size, long bytes) {
        assertEquals(bytes, Options.parse("--memory", size).settings().memory());
    }

    @ParameterizedTest
    @CsvSource({
        "--once, ONCE", "--version, VERSION", "--help, HELP", "-h, HELP", "-once=1, ONCE", "--once=false, DAEMON",
        "--debug, DAEMON", "--sweep, SWEEP", "--status, STATUS", "--status=false, DAEMON", "--report=zui, DAEMON",
        "--listen=x:0, DAEMON"})
    void haveAMode(String flag, Options.Mode mode) {
        assertEquals(mode, Options.parse(flag).mode());
    }

    /** By hand, nobody is told but who stands there. */
    @ParameterizedTest
    @ValueSource(strings = {"--once", "--sweep", "--status"})
    void tellNobodyButADaemonUnlessTheyAreAskedTo(String mode) {
        assertEquals(Set.of(), Options.parse(mode).report());
        assertEquals(Set.of(Channel.ZUI, Channel.PERF), Options.parse(mode, "--report", "zui,perf").report());
        assertEquals(Set.of(Channel.FLAG), Options.parse("--report=flag", mode).report());
    }

    @Test
    void haveResultsExpireAfterFourIntervals() {
        assertEquals(Duration.ofMinutes(20), Options.parse().expiry());
        assertEquals(Duration.ofSeconds(4), Options.parse("--interval", "1s").expiry());
    }

    @Test
    void giveTheStatusAsJson() {
        assertFalse(Options.parse("--status").json());
        assertTrue(Options.parse("--status", "--json").json());
        assertTrue(Options.parse("--json", "--status").json());
    }

    @Test
    void preferHelpToVersionAndVersionToARun() {
        assertEquals(Options.Mode.HELP, Options.parse("--once", "--version", "--help").mode());
        assertEquals(Options.Mode.VERSION, Options.parse("--version", "--once").mode());
    }

    @Test
    void logAllIfDebugIsSet() {
        assertTrue(Options.parse("--debug").debug());
        assertFalse(Options.parse("--debug=0").debug());
    }

    @Test
    void neverShowThePasswordOfTheBroker() {
        Options options = Options.parse("--broker", "unix://hunter2@/run/r.sock");
        assertEquals("hunter2", options.broker().password());
        assertFalse(options.toString().contains("hunter2"), options.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"root", "broker", "interval", "flist", "kernel-flist", "name-prefix", "cpu", "memory", "wait",
        "timeout", "report", "listen", "debug", "once", "sweep", "status", "json", "version", "help"})
    void areAllExplainedInTheHelp(String flag) {
        assertEquals(1, Options.HELP.lines().filter(line -> line.startsWith("  --" + flag + " ")).count());
    }
}
