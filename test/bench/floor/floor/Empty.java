package floor;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;

/** Does nothing; with an argument it says so by a line, and goes on with it for ever. */
public final class Empty {
    private Empty() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        if (args.length > 0) {
            new FileOutputStream(FileDescriptor.out).write('\n');
            Thread.sleep(Long.MAX_VALUE);
        }
    }
}
