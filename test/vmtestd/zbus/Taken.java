package vmtestd.zbus;

import java.io.IOException;

/** A request as it came, and its ID, which also names the list for its response. */
record Taken(byte[] bytes) {
    String id() throws IOException {
        return GoldenFile.shape(bytes).replaceFirst("\\{\"ID\": \"([^\"]*)\".*", "$1");
    }
}
