package vmtestd.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.sim.EmbeddedBroker;
import vmtestd.sim.FakeModule;
import vmtestd.sim.Fault;
import vmtestd.sim.Point;
import vmtestd.sim.SimNode;

/** What a person sees of {@code --once} and {@code --check} on a terminal. */
class OnATerminalTest {
    private static final String LAUNCHER = Path.of("vmtestd.sh").toAbsolutePath().toString();
    private static final String TOOK = " +\\d+\\.\\d\\d s";

    /** What is wrong with the node. */
    private interface NodeFault {
        void make(SimNode node);
    }

    private static final NodeFault NONE = node -> { };

    private static PseudoTerminal open(Path home, int columns, String args) throws IOException, InterruptedException {
        return new PseudoTerminal(home.resolve("t"), columns, "", LAUNCHER + " --root " + home.resolve("root") + " " + args);
    }

    /** Whether rows match patterns, one behind the other, with others between them. */
    private static void assertRows(PseudoTerminal terminal, String... patterns) throws IOException, InterruptedException {
        List<String> rows = terminal.rows();
        List<String> missing = new ArrayList<>(List.of(patterns));
        rows.forEach(row -> {
            if (!missing.isEmpty() && row.matches(missing.get(0))) {
                missing.remove(0);
            }
        });
        assertEquals(List.of(), missing, () -> String.join("\n", rows));
    }

    private static void once(Path home, int status, NodeFault fault, String args, String... rows) throws Exception {
        try (EmbeddedBroker broker = new EmbeddedBroker(home.resolve("s"), null); SimNode node = new SimNode(broker.url(), home)) {
            fault.make(node);
            try (PseudoTerminal terminal = open(home, 80, "--once --wait 100ms --timeout 2s --broker " + broker.url() + " " + args)) {
                assertEquals(status, terminal.awaitExit());
                assertRows(terminal, rows);
            }
            assertEquals(Set.of(), node.left());
        }
    }

    @TestFactory
    Stream<DynamicTest> aRunByHand(@TempDir Path directory) throws IOException {
        return new AtOnce(directory)
                .begin("that passes", home -> once(home, 0, NONE, "",
                        "test VM test-vm-\\d{10}", "  ok connect" + TOOK, "  ok list" + TOOK + "  6 VMs on the node",
                        "  ok mount" + TOOK + "  /.*",
                        "  ok inspect" + TOOK + "  container, kernel from cloud-container-9dba60e.flist",
                        "  ok deploy" + TOOK, "  ok boot" + TOOK + "  not observed: .*", "  ok wait" + TOOK, "  ok verify" + TOOK + "  alive, 1 CPU, 512 MiB",
                        "  ok delete" + TOOK, "  ok unmount" + TOOK, "PASSED in \\d+\\.\\d\\d s \\(the guest's boot was not observed\\)"))
                .begin("while it goes on, and Ctrl-C", OnATerminalTest::whileItGoesOn)
                .begin("with vmd down", home -> once(home, 1, node -> node.stop("vmd"), "",
                        "  ok connect" + TOOK, "  !! list" + TOOK + "  timeout: vmd is not running: nobody answers.*",
                        "FAILED at list \\(timeout\\) after \\d+\\.\\d\\d s", "  vmd did not answer in time\\.",
                        "  vmd is not running: nobody answers on vmd\\.zbus@1\\.0 .*",
                        "  cleanup: nothing is left on the node",
                        "  next: vmtestd --check .*; zinit status vmd; zinit.*|  next: vmtestd --check --root .*"))
                .begin("with flistd hung", home -> once(home, 1, node -> node.inject(Point.MOUNT, Fault.LATE_ANSWER), "",
                        "  !! mount" + TOOK + "  timeout: flist did not answer Mount.*",
                        "FAILED at mount \\(timeout\\) after .*", "  flist did not answer in time\\.",
                        "  flist did not answer Mount within [12]\\.?\\d?s: its worker has been busy with", "  \\[flist@0\\.0\\.1]\\.Mount\\(\\) for .*",
                        "  cleanup: nothing is left on the node", "  next: vmtestd --check --root .*"))
                .begin("of an flist that the hub has not", home -> once(home, 1, NONE, "--flist " + SimNode.HUB + "none.flist",
                        "  !! mount" + TOOK + "  remote-error: flist failed to Mount: .*",
                        "FAILED at mount \\(remote-error\\) after .*", "  flist returned an error or an unexpected result\\.",
                        "  flist failed to Mount: .*", "  Not Found", "  next: zinit log flistd; is the hub reachable\\? df -h /var/cache"))
                .begin("of a VM that dies at boot", home -> once(home, 1, node -> node.inject(Point.DEPLOY, Fault.VM_DIES), "",
                        "  !! verify" + TOOK + "  vm-died: .*", "  ok delete" + TOOK, "  ok unmount" + TOOK,
                        "FAILED at verify \\(vm-died\\) after .*", "  The VM was started, but did not keep running\\.",
                        "  the hypervisor's log ends:", "  \\| .*Kernel panic - not syncing.*", "  cleanup: nothing is left on the node",
                        "  next: the hypervisor's log; zinit log vmd; .*"))
                .begin("without a broker", home -> {
                    try (PseudoTerminal terminal = open(home, 200, "--once --broker unix://" + home.resolve("none"))) {
                        assertEquals(1, terminal.awaitExit());
                        assertRows(terminal, "  !! connect" + TOOK + "  unreachable: cannot connect to .*No such file or directory",
                                "FAILED at connect \\(unreachable\\) after .*", "  The broker cannot be reached, closed the connection, or refused it\\.",
                                "  cleanup: nothing is left on the node", "  next: zinit status redis; is --broker right\\?");
                    }
                })
                .begin("that keeps its VM", OnATerminalTest::keep)
                .tests();
    }

    private static void whileItGoesOn(Path home) throws Exception {
        try (EmbeddedBroker broker = new EmbeddedBroker(home.resolve("s"), null); SimNode node = new SimNode(broker.url(), home);
                PseudoTerminal terminal = open(home, 80, "--once --wait 60s --broker " + broker.url())) {
            terminal.awaitRow("  \\[=* *]  wait +[1-9]\\.\\d s  of 1m0s");
            terminal.type("C-c");
            assertEquals(1, terminal.awaitExit());
            assertRows(terminal, "  ok deploy" + TOOK, ".*!! wait" + TOOK + "  interrupted: told to stop", "  ok delete" + TOOK,
                    "  ok unmount" + TOOK, "FAILED at wait \\(interrupted\\) after .*", "  vmtestd was told to stop\\.",
                    "  cleanup: nothing is left on the node");
            assertEquals(Set.of(), node.left());
        }
    }

    private static void keep(Path home) throws Exception {
        try (EmbeddedBroker broker = new EmbeddedBroker(home.resolve("s"), null); SimNode node = new SimNode(broker.url(), home)) {
            String where = "--broker " + broker.url();
            try (PseudoTerminal terminal = open(home, 300, "--once --keep --wait 0s " + where)) {
                assertEquals(0, terminal.awaitExit());
                assertRows(terminal, "PASSED in .*",
                        "  kept: VM test-vm-keep-\\d{10}, mount test-vm-keep-\\d{10}, mount test-vm-keep-\\d{10}-kernel",
                        "  to remove it: vmtestd --sweep --root .*/root " + where + "; otherwise the daemon does, in an hour");
            }
            assertEquals(3, node.left().size(), node.left()::toString);
            try (Program sweep = Program.start("--sweep", "--root", home.resolve("root").toString(), "--broker", broker.url())) {
                assertEquals(0, sweep.awaitExit(), sweep::toString);
            }
            assertEquals(Set.of(), node.left());
        }
    }

    private static void check(Path home, int status, NodeFault fault, String... rows) throws Exception {
        try (EmbeddedBroker broker = new EmbeddedBroker(home.resolve("s"), null); SimNode node = new SimNode(broker.url(), home)) {
            fault.make(node);
            try (PseudoTerminal terminal = open(home, 200, "--check --broker " + broker.url())) {
                assertEquals(status, terminal.awaitExit());
                assertRows(terminal, rows);
            }
            assertTrue(node.calls().stream().allMatch(call -> call.method().equals("List")), node.callNames());
            assertEquals(Set.of(), node.left());
        }
    }

    @TestFactory
    Stream<DynamicTest> aLookWhetherARunCouldStart(@TempDir Path directory) throws IOException {
        return new AtOnce(directory)
                .begin("on a node that is well", home -> check(home, 0, NONE,
                        "  ok    broker +PING was answered within .*", "  ok    vmd +up, and free", "  ok    flist +up, and free",
                        "  ok    storage +up, and free", "  ok    zui +up, and free", "  ok    vms +6 on the node",
                        "  ok    provision +up, and free", "  ok    leftovers +none",
                        "  ok    root +.* does not exist yet, and can be created in .*", "  ok    run\\.lock +free",
                        "  ok    daemon\\.lock +free: no daemon runs", "  ok    clock +20.*Z", "a run could start"))
                .begin("with vmd down", home -> check(home, 1, node -> node.stop("vmd"),
                        "  FAIL  vmd +vmd is not running: .*zinit log vmd", "  ok    flist +up, and free",
                        "  -     vms +not asked: vmd does not answer", "no run could start, or it would fail"))
                .begin("with flistd hung", home -> {
                    try (EmbeddedBroker broker = new EmbeddedBroker(home.resolve("s"), null); SimNode node = new SimNode(broker.url(), home)) {
                        node.stop("flist");
                        FakeModule busy = FakeModule.withWorkers(broker.url(), "flist", Instant.now().minusSeconds(600), "[flist@0.0.1].Mount()");
                        try (PseudoTerminal terminal = open(home, 200, "--check --broker " + broker.url())) {
                            assertEquals(1, terminal.awaitExit());
                            assertRows(terminal, "  FAIL  flist +up, and hangs in \\[flist@0\\.0\\.1]\\.Mount\\(\\) for 10m\\d.*; see zinit log flistd",
                                    "no run could start, or it would fail");
                        } finally {
                            busy.close();
                        }
                    }
                })
                .begin("without a broker", home -> {
                    try (PseudoTerminal terminal = open(home, 200, "--check --broker unix://" + home.resolve("none"))) {
                        assertEquals(1, terminal.awaitExit());
                        assertRows(terminal, "  FAIL  broker +cannot connect to .*No such file or directory", "  -     vmd +not asked: the broker cannot be reached",
                                "  ok    run\\.lock +free", "no run could start, or it would fail");
                    }
                })
                .tests();
    }
}
