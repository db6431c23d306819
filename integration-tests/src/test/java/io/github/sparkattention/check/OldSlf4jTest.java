package io.github.sparkattention.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.bcel.Const;
import org.apache.bcel.classfile.ClassParser;
import org.apache.bcel.classfile.Constant;
import org.apache.bcel.classfile.ConstantCP;
import org.apache.bcel.classfile.ConstantClass;
import org.apache.bcel.classfile.ConstantNameAndType;
import org.apache.bcel.classfile.ConstantPool;
import org.apache.bcel.classfile.ConstantUtf8;
import org.junit.jupiter.api.Test;

/**
 * Reads what our classes want of SLF4J. A cluster may have version 1.7 first on its class path, and
 * what came with 2.0 would fail its tasks.
 */
class OldSlf4jTest {
  private static final Path ROOT =
      Path.of(System.getProperty("basedir", "")).toAbsolutePath().getParent();

  /** What SLF4J has had since 1.7. */
  private static final Pattern OLD =
      Pattern.compile(
          "org/slf4j/LoggerFactory\\.getLogger\\(Ljava/lang/(Class|String);\\)Lorg/slf4j/Logger;"
              + "|org/slf4j/Logger\\.(trace|debug|info|warn|error)"
              + "\\(Ljava/lang/String;(Ljava/lang/Object;|Ljava/lang/Object;Ljava/lang/Object;"
              + "|\\[Ljava/lang/Object;|Ljava/lang/Throwable;)?\\)V"
              + "|org/slf4j/Logger\\.is(Trace|Debug|Info|Warn|Error)Enabled\\(\\)Z"
              + "|org/slf4j/(Logger|LoggerFactory)");

  /** Every class and member of SLF4J that the classes below a folder name. */
  private static Set<String> named(Path folder) throws IOException {
    Set<String> named = new TreeSet<>();
    try (Stream<Path> files = Files.walk(folder)) {
      files.filter(file -> file.toString().endsWith(".class")).forEach(file -> read(file, named));
    }
    return named;
  }

  private static void read(Path file, Set<String> named) {
    ConstantPool pool;
    try {
      pool = new ClassParser(file.toString()).parse().getConstantPool();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (Constant constant : pool.getConstantPool()) {
      String text = text(pool, constant);
      if (text.startsWith("org/slf4j/")) {
        named.add(text);
      }
    }
  }

  /** A class, or a member of one with its descriptor; else empty. */
  private static String text(ConstantPool pool, Constant constant) {
    if (constant instanceof ConstantCP member
        && constant.getTag() != Const.CONSTANT_InvokeDynamic) {
      ConstantNameAndType name = pool.getConstant(member.getNameAndTypeIndex());
      return String.format(
          "%s.%s%s",
          pool.getConstantString(member.getClassIndex(), Const.CONSTANT_Class),
          pool.<ConstantUtf8>getConstant(name.getNameIndex()).getBytes(),
          pool.<ConstantUtf8>getConstant(name.getSignatureIndex()).getBytes());
    }
    return constant instanceof ConstantClass type
        ? pool.<ConstantUtf8>getConstant(type.getNameIndex()).getBytes()
        : "";
  }

  @Test
  void nothingIsWantedThatSlf4j17Lacks() throws IOException {
    for (String module : List.of("gpu-kernels", "spark-attention")) {
      assertThat(named(ROOT.resolve(module).resolve("target/classes")))
          .as(module)
          .contains("org/slf4j/LoggerFactory.getLogger(Ljava/lang/Class;)Lorg/slf4j/Logger;")
          .allMatch(OLD.asMatchPredicate());
    }
  }
}
