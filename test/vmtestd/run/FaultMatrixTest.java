package vmtestd.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import vmtestd.cleanup.Scenario;
import vmtestd.sim.EmbeddedBroker;
import vmtestd.sim.Fault;
import vmtestd.sim.Point;
import vmtestd.sim.SimNode;

/** Every fault at every call of a run: the verdict, the calls that the modules see, and nothing left. */
class FaultMatrixTest {
    /** Where and what | step and cause of the verdict | calls. A plus stands for polling, a star for all calls until a VM with disk and interface is gone. */
    private static final String TABLE = """
            list error                           | list remote-error        | List
            list no-answer                       | list timeout             | List
            list down                            | list timeout             |
            list late-answer                     | list timeout             | List
            list wrong-id                        | list protocol-error      | List
            list malformed                       | list protocol-error      | List
            list panic                           | list protocol-error      | List
            list cut                             | list unreachable         | List
            mount error                          | mount remote-error       | List Mount Unmount Mounted
            mount no-answer                      | mount timeout            | List Mount Unmount Mounted
            mount down                           | mount timeout            | List
            mount late-answer                    | mount timeout            | List Mount Unmount Mounted
            mount wrong-id                       | mount protocol-error     | List Mount Unmount Mounted
            mount malformed                      | mount protocol-error     | List Mount Unmount Mounted
            mount panic                          | mount protocol-error     | List Mount Unmount Mounted
            mount cut                            | mount unreachable        | List Mount Unmount Mounted
            inspect-disk error                   | inspect remote-error     | List Mount Mount Unmount Mounted Unmount Mounted
            inspect-disk no-answer               | inspect timeout          | List Mount Mount Unmount Mounted Unmount Mounted
            inspect-disk down                    | inspect timeout          | List Mount Unmount Mounted
            inspect-disk late-answer             | inspect timeout          | List Mount Mount Unmount Mounted Unmount Mounted
            inspect-disk wrong-id                | inspect protocol-error   | List Mount Mount Unmount Mounted Unmount Mounted
            inspect-disk malformed               | inspect protocol-error   | List Mount Mount Unmount Mounted Unmount Mounted
            inspect-disk panic                   | inspect protocol-error   | List Mount Mount Unmount Mounted Unmount Mounted
            inspect-disk cut                     | inspect unreachable      | List Mount Mount Unmount Mounted Unmount Mounted
            inspect error                        | inspect remote-error     | List Mount Mount Unmount Mounted Unmount Mounted
            inspect no-answer                    | inspect timeout          | List Mount Mount Unmount Mounted Unmount Mounted
            inspect down                         | inspect timeout          | List Mount Unmount Mounted
            inspect late-answer                  | inspect timeout          | List Mount Mount Unmount Mounted Unmount Mounted
            inspect wrong-id                     | inspect protocol-error   | List Mount Mount Unmount Mounted Unmount Mounted
            inspect malformed                    | inspect protocol-error   | List Mount Mount Unmount Mounted Unmount Mounted
            inspect panic                        | inspect protocol-error   | List Mount Mount Unmount Mounted Unmount Mounted
            inspect cut                          | inspect unreachable      | List Mount Mount Unmount Mounted Unmount Mounted
            disk error                           | disk remote-error        | List Mount Mount DiskCreate DiskDelete DiskExists Unmount Mounted Unmount Mounted
            disk no-answer                       | disk timeout             | List Mount Mount DiskCreate DiskDelete DiskExists Unmount Mounted Unmount Mounted
            disk down                            | disk timeout             | List Mount Mount Unmount Mounted Unmount Mounted
            disk late-answer                     | disk timeout             | List Mount Mount DiskCreate DiskDelete DiskExists Unmount Mounted Unmount Mounted
            disk wrong-id                        | disk protocol-error      | List Mount Mount DiskCreate DiskDelete DiskExists Unmount Mounted Unmount Mounted
            disk malformed                       | disk protocol-error      | List Mount Mount DiskCreate DiskDelete DiskExists Unmount Mounted Unmount Mounted
            disk panic                           | disk protocol-error      | List Mount Mount DiskCreate DiskDelete DiskExists Unmount Mounted Unmount Mounted
            disk cut                             | disk unreachable         | List Mount Mount DiskCreate DiskDelete DiskExists Unmount Mounted Unmount Mounted
            disk-format error                    | disk remote-error        | List Mount Mount DiskCreate DiskFormat DiskDelete DiskExists Unmount Mounted Unmount Mounted
            disk-format no-answer                | disk timeout             | List Mount Mount DiskCreate DiskFormat DiskDelete DiskExists Unmount Mounted Unmount Mounted
            disk-format down                     | disk timeout             | List Mount Mount DiskCreate DiskDelete DiskExists Unmount Mounted Unmount Mounted
            disk-format late-answer              | disk timeout             | List Mount Mount DiskCreate DiskFormat DiskDelete DiskExists Unmount Mounted Unmount Mounted
            disk-format wrong-id                 | disk protocol-error      | List Mount Mount DiskCreate DiskFormat DiskDelete DiskExists Unmount Mounted Unmount Mounted
            disk-format malformed                | disk protocol-error      | List Mount Mount DiskCreate DiskFormat DiskDelete DiskExists Unmount Mounted Unmount Mounted
            disk-format panic                    | disk protocol-error      | List Mount Mount DiskCreate DiskFormat DiskDelete DiskExists Unmount Mounted Unmount Mounted
            disk-format cut                      | disk unreachable         | List Mount Mount DiskCreate DiskFormat DiskDelete DiskExists Unmount Mounted Unmount Mounted
            tap error                            | tap remote-error         | List Mount Mount DiskCreate DiskFormat SetupYggTap RemoveTap TapExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            tap no-answer                        | tap timeout              | List Mount Mount DiskCreate DiskFormat SetupYggTap RemoveTap TapExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            tap down                             | tap timeout              | List Mount Mount DiskCreate DiskFormat DiskDelete DiskExists Unmount Mounted Unmount Mounted
            tap late-answer                      | tap timeout              | List Mount Mount DiskCreate DiskFormat SetupYggTap RemoveTap TapExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            tap wrong-id                         | tap protocol-error       | List Mount Mount DiskCreate DiskFormat SetupYggTap RemoveTap TapExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            tap malformed                        | tap protocol-error       | List Mount Mount DiskCreate DiskFormat SetupYggTap RemoveTap TapExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            tap panic                            | tap protocol-error       | List Mount Mount DiskCreate DiskFormat SetupYggTap RemoveTap TapExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            tap cut                              | tap unreachable          | List Mount Mount DiskCreate DiskFormat SetupYggTap RemoveTap TapExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            deploy error                         | deploy remote-error      | List Mount Mount Run Delete Exists Unmount Mounted Unmount Mounted
            deploy no-answer                     | deploy timeout           | List Mount Mount Run Delete Exists Unmount Mounted Unmount Mounted
            deploy down                          | deploy timeout           | List Mount Mount Unmount Mounted Unmount Mounted
            deploy late-answer                   | deploy timeout           | List Mount Mount Run Delete Exists Unmount Mounted Unmount Mounted
            deploy wrong-id                      | deploy protocol-error    | List Mount Mount Run Delete Exists Unmount Mounted Unmount Mounted
            deploy malformed                     | deploy protocol-error    | List Mount Mount Run Delete Exists Unmount Mounted Unmount Mounted
            deploy panic                         | deploy protocol-error    | List Mount Mount Run Delete Exists Unmount Mounted Unmount Mounted
            deploy cut                           | deploy unreachable       | List Mount Mount Run Delete Exists Unmount Mounted Unmount Mounted
            deploy vm-dies                       | verify vm-died           | List Mount Mount Run Exists Logs Delete Exists Unmount Mounted Unmount Mounted
            wait error                           | wait remote-error        | List Mount Mount Run Exists Delete Exists Unmount Mounted Unmount Mounted
            wait no-answer                       | wait timeout             | List Mount Mount Run Exists Delete Exists Unmount Mounted Unmount Mounted
            wait down                            | wait timeout             | List Mount Mount Run Delete Exists Unmount Mounted Unmount Mounted
            wait late-answer                     | wait timeout             | List Mount Mount Run Exists Delete Exists Unmount Mounted Unmount Mounted
            wait wrong-id                        | wait protocol-error      | List Mount Mount Run Exists Delete Exists Unmount Mounted Unmount Mounted
            wait malformed                       | wait protocol-error      | List Mount Mount Run Exists Delete Exists Unmount Mounted Unmount Mounted
            wait panic                           | wait protocol-error      | List Mount Mount Run Exists Delete Exists Unmount Mounted Unmount Mounted
            wait cut                             | wait unreachable         | List Mount Mount Run Exists Delete Exists Unmount Mounted Unmount Mounted
            wait vm-dies                         | wait vm-died             | List Mount Mount Run Exists Logs Delete Exists Unmount Mounted Unmount Mounted
            verify error                         | verify remote-error      | List Mount Mount Run Exists Delete Exists Unmount Mounted Unmount Mounted
            verify no-answer                     | verify timeout           | List Mount Mount Run Exists Delete Exists Unmount Mounted Unmount Mounted
            verify down                          | verify timeout           | List Mount Mount Run Delete Exists Unmount Mounted Unmount Mounted
            verify late-answer                   | verify timeout           | List Mount Mount Run Exists Delete Exists Unmount Mounted Unmount Mounted
            verify wrong-id                      | verify protocol-error    | List Mount Mount Run Exists Delete Exists Unmount Mounted Unmount Mounted
            verify malformed                     | verify protocol-error    | List Mount Mount Run Exists Delete Exists Unmount Mounted Unmount Mounted
            verify panic                         | verify protocol-error    | List Mount Mount Run Exists Delete Exists Unmount Mounted Unmount Mounted
            verify cut                           | verify unreachable       | List Mount Mount Run Exists Delete Exists Unmount Mounted Unmount Mounted
            verify vm-dies                       | verify vm-died           | List Mount Mount Run Exists Logs Delete Exists Unmount Mounted Unmount Mounted
            verify-inspect error                 | verify remote-error      | List Mount Mount Run Exists Inspect Exists Delete Exists Unmount Mounted Unmount Mounted
            verify-inspect no-answer             | verify timeout           | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted
            verify-inspect down                  | verify timeout           | List Mount Mount Run Exists Delete Exists Unmount Mounted Unmount Mounted
            verify-inspect late-answer           | verify timeout           | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted
            verify-inspect wrong-id              | verify protocol-error    | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted
            verify-inspect malformed             | verify protocol-error    | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted
            verify-inspect panic                 | verify protocol-error    | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted
            verify-inspect cut                   | verify unreachable       | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted
            verify-inspect vm-dies               | verify vm-died           | List Mount Mount Run Exists Inspect Exists Logs Delete Exists Unmount Mounted Unmount Mounted
            delete error                         | delete remote-error      | List Mount Mount Run Exists Inspect Delete Exists Delete Exists Unmount Mounted Unmount Mounted
            delete no-answer                     | delete timeout           | List Mount Mount Run Exists Inspect Delete Delete Exists Unmount Mounted Unmount Mounted
            delete down                          | delete timeout           | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted
            delete late-answer                   | delete timeout           | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted
            delete wrong-id                      | delete protocol-error    | List Mount Mount Run Exists Inspect Delete Delete Exists Unmount Mounted Unmount Mounted
            delete malformed                     | delete protocol-error    | List Mount Mount Run Exists Inspect Delete Delete Exists Unmount Mounted Unmount Mounted
            delete panic                         | delete protocol-error    | List Mount Mount Run Exists Inspect Delete Delete Exists Unmount Mounted Unmount Mounted
            delete cut                           | delete unreachable       | List Mount Mount Run Exists Inspect Delete Delete Exists Unmount Mounted Unmount Mounted
            delete does-nothing                  | delete leak              | List Mount Mount Run Exists Inspect Delete Exists+ Delete Exists Unmount Mounted Unmount Mounted
            delete-confirm error                 | delete remote-error      | List Mount Mount Run Exists Inspect Delete Exists Delete Exists Unmount Mounted Unmount Mounted
            delete-confirm no-answer             | delete timeout           | List Mount Mount Run Exists Inspect Delete Exists Delete Exists Unmount Mounted Unmount Mounted
            delete-confirm down                  | delete timeout           | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted
            delete-confirm late-answer           | delete timeout           | List Mount Mount Run Exists Inspect Delete Exists Delete Exists Unmount Mounted Unmount Mounted
            delete-confirm wrong-id              | delete protocol-error    | List Mount Mount Run Exists Inspect Delete Exists Delete Exists Unmount Mounted Unmount Mounted
            delete-confirm malformed             | delete protocol-error    | List Mount Mount Run Exists Inspect Delete Exists Delete Exists Unmount Mounted Unmount Mounted
            delete-confirm panic                 | delete protocol-error    | List Mount Mount Run Exists Inspect Delete Exists Delete Exists Unmount Mounted Unmount Mounted
            delete-confirm cut                   | delete unreachable       | List Mount Mount Run Exists Inspect Delete Exists Delete Exists Unmount Mounted Unmount Mounted
            tap-delete error                     | delete remote-error      | * RemoveTap TapExists RemoveTap TapExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            tap-delete no-answer                 | delete timeout           | * RemoveTap RemoveTap TapExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            tap-delete down                      | delete timeout           | * RemoveTap TapExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            tap-delete late-answer               | delete timeout           | * RemoveTap TapExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            tap-delete wrong-id                  | delete protocol-error    | * RemoveTap RemoveTap TapExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            tap-delete malformed                 | delete protocol-error    | * RemoveTap RemoveTap TapExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            tap-delete panic                     | delete protocol-error    | * RemoveTap RemoveTap TapExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            tap-delete cut                       | delete unreachable       | * RemoveTap RemoveTap TapExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            tap-delete does-nothing              | delete leak              | * RemoveTap TapExists+ RemoveTap TapExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            tap-delete stays                     | delete leak              | * RemoveTap TapExists+ RemoveTap TapExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            tap-delete-confirm error             | delete remote-error      | * RemoveTap TapExists RemoveTap TapExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            tap-delete-confirm no-answer         | delete timeout           | * RemoveTap TapExists RemoveTap TapExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            tap-delete-confirm down              | delete timeout           | * RemoveTap TapExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            tap-delete-confirm late-answer       | delete timeout           | * RemoveTap TapExists RemoveTap TapExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            tap-delete-confirm wrong-id          | delete protocol-error    | * RemoveTap TapExists RemoveTap TapExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            tap-delete-confirm malformed         | delete protocol-error    | * RemoveTap TapExists RemoveTap TapExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            tap-delete-confirm panic             | delete protocol-error    | * RemoveTap TapExists RemoveTap TapExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            tap-delete-confirm cut               | delete unreachable       | * RemoveTap TapExists RemoveTap TapExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            disk-delete error                    | delete remote-error      | * RemoveTap TapExists DiskDelete DiskExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            disk-delete no-answer                | delete timeout           | * RemoveTap TapExists DiskDelete DiskDelete DiskExists Unmount Mounted Unmount Mounted
            disk-delete down                     | delete timeout           | * RemoveTap TapExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            disk-delete late-answer              | delete timeout           | * RemoveTap TapExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            disk-delete wrong-id                 | delete protocol-error    | * RemoveTap TapExists DiskDelete DiskDelete DiskExists Unmount Mounted Unmount Mounted
            disk-delete malformed                | delete protocol-error    | * RemoveTap TapExists DiskDelete DiskDelete DiskExists Unmount Mounted Unmount Mounted
            disk-delete panic                    | delete protocol-error    | * RemoveTap TapExists DiskDelete DiskDelete DiskExists Unmount Mounted Unmount Mounted
            disk-delete cut                      | delete unreachable       | * RemoveTap TapExists DiskDelete DiskDelete DiskExists Unmount Mounted Unmount Mounted
            disk-delete does-nothing             | delete leak              | * RemoveTap TapExists DiskDelete DiskExists+ DiskDelete DiskExists Unmount Mounted Unmount Mounted
            disk-delete-confirm error            | delete remote-error      | * RemoveTap TapExists DiskDelete DiskExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            disk-delete-confirm no-answer        | delete timeout           | * RemoveTap TapExists DiskDelete DiskExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            disk-delete-confirm down             | delete timeout           | * RemoveTap TapExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            disk-delete-confirm late-answer      | delete timeout           | * RemoveTap TapExists DiskDelete DiskExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            disk-delete-confirm wrong-id         | delete protocol-error    | * RemoveTap TapExists DiskDelete DiskExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            disk-delete-confirm malformed        | delete protocol-error    | * RemoveTap TapExists DiskDelete DiskExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            disk-delete-confirm panic            | delete protocol-error    | * RemoveTap TapExists DiskDelete DiskExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            disk-delete-confirm cut              | delete unreachable       | * RemoveTap TapExists DiskDelete DiskExists DiskDelete DiskExists Unmount Mounted Unmount Mounted
            unmount-kernel error                 | unmount remote-error     | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted Unmount Mounted
            unmount-kernel no-answer             | unmount timeout          | List Mount Mount Run Exists Inspect Delete Exists Unmount Unmount Mounted Unmount Mounted
            unmount-kernel down                  | unmount timeout          | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted
            unmount-kernel late-answer           | unmount timeout          | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted
            unmount-kernel wrong-id              | unmount protocol-error   | List Mount Mount Run Exists Inspect Delete Exists Unmount Unmount Mounted Unmount Mounted
            unmount-kernel malformed             | unmount protocol-error   | List Mount Mount Run Exists Inspect Delete Exists Unmount Unmount Mounted Unmount Mounted
            unmount-kernel panic                 | unmount protocol-error   | List Mount Mount Run Exists Inspect Delete Exists Unmount Unmount Mounted Unmount Mounted
            unmount-kernel cut                   | unmount unreachable      | List Mount Mount Run Exists Inspect Delete Exists Unmount Unmount Mounted Unmount Mounted
            unmount-kernel does-nothing          | unmount leak             | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted+ Unmount Mounted Unmount Mounted
            unmount-kernel stays                 | unmount leak             | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted+ Unmount Mounted Unmount Mounted
            unmount-kernel-confirm error         | unmount remote-error     | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted Unmount Mounted
            unmount-kernel-confirm no-answer     | unmount timeout          | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted Unmount Mounted
            unmount-kernel-confirm down          | unmount timeout          | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted
            unmount-kernel-confirm late-answer   | unmount timeout          | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted Unmount Mounted
            unmount-kernel-confirm wrong-id      | unmount protocol-error   | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted Unmount Mounted
            unmount-kernel-confirm malformed     | unmount protocol-error   | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted Unmount Mounted
            unmount-kernel-confirm panic         | unmount protocol-error   | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted Unmount Mounted
            unmount-kernel-confirm cut           | unmount unreachable      | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted Unmount Mounted
            unmount error                        | unmount remote-error     | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted Unmount Mounted
            unmount no-answer                    | unmount timeout          | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Unmount Mounted
            unmount down                         | unmount timeout          | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted
            unmount late-answer                  | unmount timeout          | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted
            unmount wrong-id                     | unmount protocol-error   | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Unmount Mounted
            unmount malformed                    | unmount protocol-error   | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Unmount Mounted
            unmount panic                        | unmount protocol-error   | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Unmount Mounted
            unmount cut                          | unmount unreachable      | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Unmount Mounted
            unmount does-nothing                 | unmount leak             | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted+ Unmount Mounted
            unmount stays                        | unmount leak             | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted+ Unmount Mounted
            unmount-confirm error                | unmount remote-error     | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted Unmount Mounted
            unmount-confirm no-answer            | unmount timeout          | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted Unmount Mounted
            unmount-confirm down                 | unmount timeout          | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted
            unmount-confirm late-answer          | unmount timeout          | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted Unmount Mounted
            unmount-confirm wrong-id             | unmount protocol-error   | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted Unmount Mounted
            unmount-confirm malformed            | unmount protocol-error   | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted Unmount Mounted
            unmount-confirm panic                | unmount protocol-error   | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted Unmount Mounted
            unmount-confirm cut                  | unmount unreachable      | List Mount Mount Run Exists Inspect Delete Exists Unmount Mounted Unmount Mounted Unmount Mounted
            logs error                           | verify vm-died           | List Mount Mount Run Exists Logs Delete Exists Unmount Mounted Unmount Mounted
            logs no-answer                       | verify vm-died           | List Mount Mount Run Exists Logs Delete Exists Unmount Mounted Unmount Mounted
            logs down                            | verify vm-died           | List Mount Mount Run Exists Delete Exists Unmount Mounted Unmount Mounted
            logs late-answer                     | verify vm-died           | List Mount Mount Run Exists Logs Delete Exists Unmount Mounted Unmount Mounted
            logs wrong-id                        | verify vm-died           | List Mount Mount Run Exists Logs Delete Exists Unmount Mounted Unmount Mounted
            logs malformed                       | verify vm-died           | List Mount Mount Run Exists Logs Delete Exists Unmount Mounted Unmount Mounted
            logs panic                           | verify vm-died           | List Mount Mount Run Exists Logs Delete Exists Unmount Mounted Unmount Mounted
            logs cut                             | verify vm-died           | List Mount Mount Run Exists Logs Delete Exists Unmount Mounted Unmount Mounted
            """;

    /** What a run with a disk and an interface calls, until its VM is gone. */
    private static final String UP_TO_DELETE = "List Mount Mount DiskCreate DiskFormat SetupYggTap Run Exists Inspect Delete Exists";

    private record Outcome(String verdict, String calls, Set<String> left) {}

    private static final ExecutorService POOL = Executors.newFixedThreadPool(16);
    private static final Map<String, Future<Outcome>> OUTCOMES = new LinkedHashMap<>();

    @TempDir
    static Path directory;

    /** Most cases wait for a timeout: so they are begun all at once, a few at a time. */
    @BeforeAll
    static void begin() {
        for (Point point : Point.values()) {
            for (Fault fault : Fault.values()) {
                if (point.takes(fault)) {
                    OUTCOMES.put(point + " " + fault, POOL.submit(() -> run(point, fault)));
                }
            }
        }
    }

    @AfterAll
    static void end() {
        POOL.shutdownNow();
    }

    private static Outcome run(Point point, Fault fault) throws Exception {
        Path home = Files.createDirectory(directory.resolve(point + "-" + fault));
        try (EmbeddedBroker broker = new EmbeddedBroker(home.resolve("s"), null);
                Rig rig = new Rig(broker.url(), home, Duration.ofSeconds(2))) {
            rig.sim.inject(point, fault);
            if (point == Point.LOGS) {
                rig.sim.inject(Point.VERIFY, Fault.VM_DIES);
            }
            if (point == Point.WAIT) {
                rig.waitTime = Duration.ofMillis(1500);
                rig.sim.expectWait();
            }
            if (point.needsPeripherals()) {
                rig.scenario = Scenario.STORAGE_NETWORK;
            }
            boolean disk = point == Point.INSPECT_DISK;
            RunReport report = rig.run(disk ? SimNode.DISK_ONLY : SimNode.CONTAINER);
            Set<String> left = rig.left();
            // A removal that is asked for again may be answered before vmd or flistd takes it the second time; or,
            // where they come up meanwhile, be taken both times.
            boolean race = fault == Fault.LATE_ANSWER || fault == Fault.DOWN;
            String all = race ? rig.calls().replaceAll("\\b(Delete|RemoveTap|DiskDelete|Unmount) \\1\\b", "$1") : rig.calls();
            return new Outcome(Rig.verdict(report), all.replace(UP_TO_DELETE, "*"), left);
        }
    }

    private static Stream<String[]> rows() {
        return TABLE.lines().map(row -> row.split(" *\\| *", -1));
    }

    @TestFactory
    Stream<DynamicTest> hasTheRightVerdictAndLeavesNothing() {
        return rows().map(row -> DynamicTest.dynamicTest(row[0], () -> {
            Outcome outcome = OUTCOMES.get(row[0]).get(2, TimeUnit.MINUTES);
            assertEquals(new Outcome(row[1], row[2], Set.of()), outcome);
        }));
    }

    @Test
    void hasARowForEveryFaultAtEveryCall() {
        assertEquals(new ArrayList<>(OUTCOMES.keySet()), rows().map(row -> row[0]).toList());
    }
}
