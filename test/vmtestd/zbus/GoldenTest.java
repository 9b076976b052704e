package vmtestd.zbus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Our requests against Go's, and Go's responses as we read them. Arguments: {@code node.GoldenArgumentsTest}. */
class GoldenTest {
    private static final String ID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
    private static final String NAME = "test-vm-1700000000";
    private static final ZbusObject VMD = new ZbusObject("vmd", "manager", "0.0.1");
    private static final ZbusObject FLIST = new ZbusObject("flist", "flist", "0.0.1");
    private static final ZbusObject ZUI = new ZbusObject("zui", "zui", "0.0.1");
    private static final ZbusObject STORAGE = new ZbusObject("storage", "storage", "0.0.1");
    private static final ZbusObject NETWORK = new ZbusObject("network", "network", "0.0.1");

    /** Name, object, method, inputs; null for those whose structs only {@code vmtestd.node} can write. */
    static Stream<Arguments> requests() {
        return Stream.of(
                arguments("request.vmd.List", VMD, "List", List.of()),
                arguments("request.vmd.Exists", VMD, "Exists", List.of(string(NAME))),
                arguments("request.vmd.Inspect", VMD, "Inspect", List.of(string(NAME))),
                arguments("request.vmd.Logs", VMD, "Logs", List.of(string(NAME))),
                arguments("request.vmd.Delete", VMD, "Delete", List.of(string(NAME))),
                arguments("request.vmd.Run.container", VMD, "Run", null),
                arguments("request.vmd.Run.disk", VMD, "Run", null),
                arguments("request.flist.Mount.ro", FLIST, "Mount", null),
                arguments("request.flist.Mount.rw", FLIST, "Mount", null),
                arguments("request.flist.Unmount", FLIST, "Unmount", List.of(string(NAME))),
                arguments("request.flist.Exists", FLIST, "Exists", List.of(string(NAME))),
                arguments("request.zui.PushErrors", ZUI, "PushErrors", List.of(string("vm"),
                        strings(List.of("failed to mount flist: hub unreachable", "second")))),
                arguments("request.zui.PushErrors.clear", ZUI, "PushErrors", List.of(string("vm"), strings(List.of()))),
                arguments("request.zbus.Status", new ZbusObject("vmd", "zbus", "1.0"), "", List.of()),
                arguments("request.storage.DiskCreate", STORAGE, "DiskCreate", null),
                arguments("request.storage.DiskFormat", STORAGE, "DiskFormat", List.of(string(NAME))),
                arguments("request.storage.DiskDelete", STORAGE, "DiskDelete", List.of(string(NAME))),
                arguments("request.storage.DiskExists", STORAGE, "DiskExists", List.of(string(NAME))),
                arguments("request.network.SetupYggTap", NETWORK, "SetupYggTap", List.of(string(NAME))),
                arguments("request.network.TapExists", NETWORK, "TapExists", List.of(string(NAME))),
                arguments("request.network.RemoveTap", NETWORK, "RemoveTap", List.of(string(NAME))));
    }

    @ParameterizedTest
    @MethodSource("requests")
    void writesARequestAsGoDoes(String name, ZbusObject object, String method, List<byte[]> inputs) throws Exception {
        List<byte[]> packed = inputs == null ? List.of(GoldenFile.inputs(name)) : inputs;
        byte[] ours = new Request(ID, object, method, packed, false).encode();
        assertEquals(GoldenFile.shape(GoldenFile.message(name)), GoldenFile.shape(ours));
    }

    /** Name, the method's error, zbus's error, the shape of the data. */
    static Stream<Arguments> responses() {
        String kernelMissing = "machine configuration validation failed: kernel-image is required";
        String notFound = "ro mount of flist failed: fail to download flist: 404 Not Found";
        String arity = "invalid number of arguments expecting 1 got 2";
        return Stream.of(
                arguments("response.vmd.List.two", null, null, "[\"a\", \"test-vm-1699999999\"]"),
                arguments("response.vmd.List.empty", null, null, "[]"),
                arguments("response.vmd.List.nil", null, null, "null"),
                arguments("response.vmd.Run.ok", null, null, "{\"ConsoleURL\": \"10.20.2.1:20002\"}"),
                arguments("response.vmd.Run.ok.noconsole", null, null, "{\"ConsoleURL\": \"\"}"),
                arguments("response.vmd.Run.error", kernelMissing, null, "{\"ConsoleURL\": \"\"}"),
                arguments("response.vmd.Inspect.ok", null, null, "{\"HtEnabled\": false, \"Memory\": 512, \"CPU\": 1}"),
                arguments("response.vmd.Delete.ok", null, null, null),
                arguments("response.vmd.Delete.error", "permission denied", null, null),
                arguments("response.vmd.Exists.true", null, null, "true"),
                arguments("response.vmd.Exists.false", null, null, "false"),
                arguments("response.vmd.Logs.ok", null, null, "\"[    0.000000] Linux version 5.12.9\n"
                        + "[    0.812345] Kernel panic - not syncing: VFS: Unable to mount root fs\n\""),
                arguments("response.flist.Mount.ok", null, null, "\"/var/cache/modules/flistd/mountpoint/" + NAME + "\""),
                arguments("response.flist.Mount.error", notFound, null, "\"\""),
                arguments("response.flist.Exists.true", null, null, "true"),
                arguments("response.zui.PushErrors.ok", null, null, null),
                arguments("response.protocol.unknown-object", null, "unknown object", null),
                arguments("response.protocol.not-a-function", null, "not a function", null),
                arguments("response.protocol.arity", null, arity, null),
                arguments("response.callerror.empty", null, null, "\"\""),
                arguments("response.storage.DiskCreate", null, null, "{\"Path\": \"/mnt/pool/vdisks/" + NAME + "\", \"Size\": 134217728}"),
                arguments("response.network.SetupYggTap", null, null, "{\"Name\": \"t-abcdefgh1234\", \"HW\": bin(5a0102030405), "
                        + "\"IP\": {\"IP\": bin(0300123456789abc0001000200030004), \"Mask\": bin(ffffffffffffffff0000000000000000)}, "
                        + "\"Gateway\": {\"IP\": bin(0300123456789abc0000000000000001), \"Mask\": bin(ffffffffffffffff0000000000000000)}}"));
    }

    @ParameterizedTest
    @MethodSource("responses")
    void readsAResponseOfGo(String name, String callError, String protocolError, String data) throws Exception {
        Response response = Response.decode(GoldenFile.message(name));
        assertEquals(ID, response.id());
        assertEquals(callError == null ? "" : callError, response.callError());
        assertEquals(protocolError == null ? "" : protocolError, response.protocolError());
        assertEquals(data, response.data() == null ? null : GoldenFile.shape(response.data()));
    }

    @Test
    void readsTheDataWithOurOwnReader() throws Exception {
        assertEquals(List.of("a", "test-vm-1699999999"), data("response.vmd.List.two").strings());
        assertEquals(List.of(), data("response.vmd.List.empty").strings());
        assertEquals(List.of(), data("response.vmd.List.nil").strings());
        assertEquals("[    0.000000] Linux version 5.12.9\n", data("response.vmd.Logs.ok").string().substring(0, 36));
        assertEquals("/var/cache/modules/flistd/mountpoint/" + NAME, data("response.flist.Mount.ok").string());
        assertEquals("", data("response.flist.Mount.error").string());
        assertTrue(data("response.vmd.Exists.true").bool());
        assertFalse(data("response.vmd.Exists.false").bool());
        assertTrue(data("response.flist.Exists.true").bool());
        MessageReader run = data("response.vmd.Run.ok");
        assertEquals(1, run.map());
        assertEquals("ConsoleURL", run.string());
        assertEquals("10.20.2.1:20002", run.string());
    }

    @Test
    void readsTheStatusOfABusyModule() throws Exception {
        String name = "response.zbus.Status.busy";
        Response response = Response.decode(GoldenFile.message(name));
        assertEquals(ID, response.id());
        assertEquals("", response.callError());
        assertEquals("", response.protocolError());
        assertEquals(new ModuleStatus(0, List.of(new ModuleStatus.Busy("[manager@0.0.1].Run()", Instant.parse("2023-11-14T22:13:20.0000005Z")))),
                MessageReader.decode(response.data(), ModuleStatus::decode));
    }

    @Test
    void coversEveryLineOfTheFile() {
        Set<String> covered = Stream.concat(requests(), responses())
                .map(row -> (String) row.get()[0]).collect(Collectors.toCollection(TreeSet::new));
        covered.add("response.zbus.Status.busy");
        // node.GoldenArgumentsTest sees that these are covered too.
        covered.addAll(GoldenFile.names("argument."));
        assertEquals(GoldenFile.names(""), covered);
    }

    private static MessageReader data(String name) throws Exception {
        return new MessageReader(GoldenFile.data(name));
    }

    private static byte[] string(String value) {
        return new MessageWriter().string(value).toBytes();
    }

    private static byte[] strings(List<String> values) {
        return new MessageWriter().strings(values).toBytes();
    }
}
