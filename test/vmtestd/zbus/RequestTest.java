package vmtestd.zbus;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class RequestTest {
    private static final ZbusObject VMD = new ZbusObject("vmd", "manager", "0.0.1");

    private static Request request(ZbusObject object, String method, int... inputs) {
        return new Request(Integer.toString(inputs.length), object, method, List.of(new byte[] {(byte) inputs[0]}));
    }

    @Test
    void theSameCallHasTheSameObjectMethodAndArguments() {
        Request request = request(VMD, "Delete", 1);
        assertTrue(request.isSameCall(request(VMD, "Delete", 1, 0)), "whatever its ID");
        assertFalse(request.isSameCall(request(VMD, "Delete", 2)));
        assertFalse(request.isSameCall(request(VMD, "Exists", 1)));
        assertFalse(request.isSameCall(request(new ZbusObject("flist", "manager", "0.0.1"), "Delete", 1)));
        assertFalse(request.isSameCall(request(new ZbusObject("vmd", "manager", "0.0.2"), "Delete", 1)));
    }
}
