package vmtestd.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.net.ProtocolException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import vmtestd.zbus.GoldenFile;
import vmtestd.zbus.MessageReader;
import vmtestd.zbus.MessageWriter;

/** The structs that the node's methods take and return, against those of the Go library. */
class GoldenArgumentsTest {
    private static final long MEMORY = 536_870_912;

    private static final Vm CONTAINER = new Vm("test-vm-1700000000", 1, MEMORY, "/mnt/cloud/kernel",
            "/mnt/cloud/initramfs-linux.img", Map.of(), "",
            new Vm.Boot(Vm.BootType.VIRTIO_FS, "/var/cache/modules/flistd/mountpoint/test-vm-1700000000"),
            Map.of(), false, "", null, null);
    private static final Vm DISK = new Vm("test-vm-1700000001", 1, MEMORY, "/m/boot/vmlinuz", "/m/boot/initrd.img",
            Map.of("console", "ttyS0"), "/sbin/init", new Vm.Boot(Vm.BootType.DISK, "/m/image.raw"),
            Map.of("K", "V"), true, "canary", null, null);

    private static Tap tap() throws Exception {
        return MessageReader.decode(GoldenFile.data("response.network.SetupYggTap"), Tap::decode);
    }

    static Stream<Arguments> packedArguments() throws Exception {
        MessageWriter network = new MessageWriter();
        Tap.writeNetwork(network, tap());
        MessageWriter disks = new MessageWriter();
        Vm.DataDisk.write(disks, new Vm.DataDisk("/mnt/pool/vdisks/test-vm-1700000000", "/data"));
        return Stream.of(arguments("argument.VM.container", CONTAINER.encode()), arguments("argument.VM.disk", DISK.encode()),
                arguments("argument.Network.ygg", network.toBytes()), arguments("argument.Disks", disks.toBytes()));
    }

    @ParameterizedTest
    @MethodSource("packedArguments")
    void writesAnArgumentAsGoDoes(String name, byte[] ours) throws Exception {
        assertEquals(GoldenFile.shape(GoldenFile.message(name)), GoldenFile.shape(ours));
    }

    @Test
    void coversEveryArgumentOfTheFile() throws Exception {
        Set<String> covered = packedArguments().map(row -> (String) row.get()[0]).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(GoldenFile.names("argument."), covered);
    }

    /** Name of a request, which of its inputs, our own. */
    static Stream<Arguments> inputs() {
        byte[] name = NodeModule.argument("test-vm-1700000000");
        byte[] url = NodeModule.argument("https://hub.threefold.me/tf-official-apps/alpine3.flist");
        return Stream.of(
                arguments("request.storage.DiskCreate", 0, name),
                arguments("request.storage.DiskCreate", 1, new MessageWriter().integer(128 << 20).toBytes()),
                arguments("request.vmd.Run.container", 0, CONTAINER.encode()),
                arguments("request.vmd.Run.disk", 0, DISK.encode()),
                arguments("request.flist.Mount.ro", 0, name),
                arguments("request.flist.Mount.ro", 1, url),
                arguments("request.flist.Mount.ro", 2, Flistd.options(0)),
                arguments("request.flist.Mount.rw", 0, name),
                arguments("request.flist.Mount.rw", 1, url),
                arguments("request.flist.Mount.rw", 2, Flistd.options(256 << 20)));
    }

    @ParameterizedTest
    @MethodSource("inputs")
    void writesAnInputAsGoDoes(String request, int index, byte[] ours) throws Exception {
        assertEquals(GoldenFile.shape(GoldenFile.input(request, index)), GoldenFile.shape(ours));
    }

    @Test
    void readsWhatAHypervisorSaysOfItsVm() throws Exception {
        assertEquals(new Vmd.Info(1, MEMORY >> 20), MessageReader.decode(GoldenFile.data("response.vmd.Inspect.ok"), Vmd.Info::decode));
    }

    @Test
    void readsWhereADiskIs() throws Exception {
        assertEquals("/mnt/pool/vdisks/test-vm-1700000000", MessageReader.decode(GoldenFile.data("response.storage.DiskCreate"), Storaged::path));
    }

    @Test
    void aGuestsLinkLocalAddressFollowsFromItsMac() throws Exception {
        assertEquals("fe80000000000000580102fffe030405", HexFormat.of().formatHex(tap().linkLocal()));
    }

    @Test
    void aTapWithoutAMacIsMalformed() {
        byte[] message = new MessageWriter().map(1).string("Name").string("t-a").toBytes();
        assertThrows(ProtocolException.class, () -> MessageReader.decode(message, Tap::decode));
    }

    @Test
    void aMinimalVmStaysDeadWhenItDies() {
        Vm.Boot boot = new Vm.Boot(Vm.BootType.DISK, "/m/image.raw");
        assertEquals(new Vm("n", 2, MEMORY, "/k", "/i", Map.of(), "", boot, Map.of(), true, "", null, null),
                Vm.minimal("n", 2, MEMORY, "/k", "/i", boot));
    }
}
