package io.github.sparkattention.bench;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The machine code of NVIDIA's GPUs from sm_70 on, as ptxas writes it into an ELF file. It is not
 * documented; what is needed here was found out: an instruction has 16 bytes, of which nine bits
 * say what it does, and a branch says how many words behind itself it goes to, in 48 bits from bit
 * 34 on, and from sm_90 on in eight more from bit 16 on, which come last.
 */
final class MachineCode {
  private static final int BYTES = 16;
  private static final int OPERATION = 0x1ff;
  private static final int BRANCH = 0x147;
  private static final int DISTANCE_BIT = 34;
  private static final int DISTANCE_BITS = 48;
  private static final int LAST_BIT = 16;
  private static final int LAST_BITS = 8;

  private final List<LoopMix.Kind> kinds = new ArrayList<>();
  private final List<int[]> loops = new ArrayList<>();

  /**
   * Takes machine code apart.
   *
   * @param elf what ptxas wrote
   * @param kernel the kernel's name
   * @param gpu what it is for, as sm_80
   */
  MachineCode(byte[] elf, String kernel, String gpu) {
    boolean hasLastBits = gpu.compareTo("sm_90") >= 0;
    ByteBuffer code =
        section(ByteBuffer.wrap(elf).order(ByteOrder.LITTLE_ENDIAN), ".text." + kernel);
    for (int at = 0; at + BYTES <= code.limit(); at += BYTES) {
      long low = code.getLong(at);
      int operation = (int) low & OPERATION;
      kinds.add(kind(operation));
      if (operation == BRANCH) {
        long distance = distance(low, code.getLong(at + Long.BYTES), hasLastBits);
        long target = at + BYTES + distance * Integer.BYTES;
        if (target >= 0 && target < at) {
          loops.add(new int[] {(int) target / BYTES, at / BYTES});
        }
      }
    }
  }

  private static long distance(long low, long high, boolean hasLastBits) {
    long distance = (low >>> DISTANCE_BIT) | (high << (Long.SIZE - DISTANCE_BIT));
    distance = (distance << (Long.SIZE - DISTANCE_BITS)) >> (Long.SIZE - DISTANCE_BITS);
    return hasLastBits
        ? (distance << LAST_BITS) | ((low >>> LAST_BIT) & ((1 << LAST_BITS) - 1))
        : distance;
  }

  private static ByteBuffer section(ByteBuffer elf, String name) {
    long table = elf.getLong(0x28);
    int size = elf.getShort(0x3a);
    int count = elf.getShort(0x3c);
    long names = elf.getLong((int) table + elf.getShort(0x3e) * size + 0x18);
    for (int i = 0; i < count; i++) {
      int header = (int) table + i * size;
      if (text(elf, (int) names + elf.getInt(header)).equals(name)) {
        return elf.slice((int) elf.getLong(header + 0x18), (int) elf.getLong(header + 0x20))
            .order(ByteOrder.LITTLE_ENDIAN);
      }
    }
    throw new IllegalStateException("ptxas wrote no section " + name);
  }

  private static String text(ByteBuffer elf, int from) {
    int end = from;
    while (elf.get(end) != 0) {
      end++;
    }
    byte[] characters = new byte[end - from];
    elf.get(from, characters);
    return new String(characters, StandardCharsets.US_ASCII);
  }

  private static LoopMix.Kind kind(int operation) {
    return switch (operation) {
      case 0x023 -> LoopMix.Kind.FMA;
      case 0x184 -> LoopMix.Kind.LOCAL_LOAD;
      case 0x188 -> LoopMix.Kind.LOCAL_STORE;
      case 0x181, 0x186 -> LoopMix.Kind.GLOBAL;
      case 0x183, 0x187 -> LoopMix.Kind.PRIVATE;
      default -> LoopMix.Kind.OTHER;
    };
  }

  /** Number of instructions. */
  int size() {
    return kinds.size();
  }

  /** The innermost loops, in the order of the code. */
  List<LoopMix> loops() {
    return innermost(loops).stream()
        .map(loop -> LoopMix.of("–", kinds.subList(loop[0], loop[1] + 1)))
        .toList();
  }

  /** Those of some loops, each from its first line to its last, that have no other within. */
  static List<int[]> innermost(List<int[]> loops) {
    return loops.stream()
        .filter(
            outer ->
                loops.stream()
                    .noneMatch(
                        inner -> inner != outer && inner[0] >= outer[0] && inner[1] < outer[1]))
        .toList();
  }
}
