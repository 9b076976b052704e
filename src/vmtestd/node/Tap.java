package vmtestd.node;

import java.io.IOException;
import java.util.HexFormat;
import vmtestd.zbus.MessageReader;
import vmtestd.zbus.MessageWriter;

/**
 * A tap device on the planetary network, with the addresses of the guest behind it.
 *
 * @param device its name in the kernel
 * @param mac of the guest's interface
 * @param ip the guest's planetary address
 * @param gateway the way to the rest of the planetary network, 200::/7
 */
public record Tap(String device, byte[] mac, Subnet ip, Subnet gateway) {
    private static final int ADDRESS_BYTES = 16;
    /** 200::/7. */
    private static final Subnet PLANETARY = new Subnet(beginning(2), beginning(0xfe));

    /** Go's {@code net.IPNet}. */
    record Subnet(byte[] ip, byte[] mask) {
        static Subnet decode(MessageReader reader) throws IOException {
            byte[] ip = null;
            byte[] mask = null;
            for (int fields = reader.map(); fields > 0; fields--) {
                switch (reader.string()) {
                    case "IP" -> ip = reader.bytes();
                    case "Mask" -> mask = reader.bytes();
                    default -> reader.skip();
                }
            }
            return new Subnet(ip, mask);
        }

        void write(MessageWriter writer) {
            writer.map(2).string("IP").bytes(ip).string("Mask").bytes(mask);
        }
    }

    private static byte[] beginning(int first) {
        byte[] address = new byte[ADDRESS_BYTES];
        address[0] = (byte) first;
        return address;
    }

    /** Decodes Go's {@code PlanetaryTap}. */
    static Tap decode(MessageReader reader) throws IOException {
        String device = "";
        byte[] mac = null;
        Subnet ip = new Subnet(null, null);
        Subnet gateway = ip;
        for (int fields = reader.map(); fields > 0; fields--) {
            switch (reader.string()) {
                case "Name" -> device = reader.string();
                case "HW" -> mac = reader.bytes();
                case "IP" -> ip = Subnet.decode(reader);
                case "Gateway" -> gateway = Subnet.decode(reader);
                default -> reader.skip();
            }
        }
        if (device.isEmpty() || mac == null || mac.length != 6 || ip.ip == null || ip.mask == null || gateway.ip == null) {
            throw new IOException("a tap without a name, a MAC or an address");
        }
        return new Tap(device, mac, ip, gateway);
    }

    /** Writes Go's {@code VM.Network} with one interface, as zosbase fills it (pkg/primitives/vm), or none if {@code tap} is null. */
    static void writeNetwork(MessageWriter writer, Tap tap) {
        writer.map(2).string("Ifaces");
        if (tap == null) {
            writer.nil();
        } else {
            writer.array(1).map(9)
                    .string("Tap").string(tap.device)
                    .string("MAC").string(HexFormat.ofDelimiter(":").formatHex(tap.mac))
                    .string("IPs").array(1);
            tap.ip.write(writer);
            writer.string("Routes").array(1).map(2).string("Net");
            PLANETARY.write(writer);
            writer.string("Gateway").bytes(tap.gateway.ip)
                    .string("IP4DefaultGateway").nil()
                    .string("IP6DefaultGateway").nil()
                    .string("PublicIPv4").bool(false)
                    .string("PublicIPv6").bool(false)
                    .string("NetID").string("");
        }
        writer.string("Nameservers").nil();
    }

    /** Returns the link-local address that the guest derives from its MAC (RFC 4291, appendix A). */
    public byte[] linkLocal() {
        byte[] address = beginning(0xfe);
        address[1] = (byte) 0x80;
        System.arraycopy(mac, 0, address, 8, 3);
        System.arraycopy(mac, 3, address, 13, 3);
        address[8] ^= 2;
        address[11] = (byte) 0xff;
        address[12] = (byte) 0xfe;
        return address;
    }
}
