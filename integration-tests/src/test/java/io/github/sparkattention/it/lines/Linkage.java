package io.github.sparkattention.it.lines;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.apache.bcel.Const;
import org.apache.bcel.classfile.ClassParser;
import org.apache.bcel.classfile.Constant;
import org.apache.bcel.classfile.ConstantCP;
import org.apache.bcel.classfile.ConstantClass;
import org.apache.bcel.classfile.ConstantNameAndType;
import org.apache.bcel.classfile.ConstantPool;
import org.apache.bcel.classfile.FieldOrMethod;
import org.apache.bcel.classfile.JavaClass;
import org.apache.bcel.classfile.Method;

/**
 * Resolves what class files refer to against a class path, as a JVM would link them, without
 * loading them: classes, members by name and descriptor, and abstract members that a class has to
 * implement.
 */
final class Linkage implements AutoCloseable {
  private final URLClassLoader files;
  private final Map<String, Optional<JavaClass>> classes = new HashMap<>();

  Linkage(List<Path> classPath) throws MalformedURLException {
    List<URL> urls = new ArrayList<>();
    for (Path jar : classPath) {
      urls.add(jar.toUri().toURL());
    }
    files = new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
  }

  /** What a class wants and the class path lacks, each in a line. */
  Set<String> missing(String className) {
    JavaClass user = find(className).orElseThrow();
    Set<String> missing = new TreeSet<>();
    ConstantPool pool = user.getConstantPool();
    for (Constant constant : pool.getConstantPool()) {
      if (constant instanceof ConstantClass named) {
        String name = element(named.getBytes(pool));
        if (!name.isEmpty() && find(name).isEmpty()) {
          missing.add(className + " refers to the class " + name);
        }
      } else if (constant instanceof ConstantCP member
          && member.getTag() != Const.CONSTANT_InvokeDynamic
          && member.getTag() != Const.CONSTANT_Dynamic) {
        check(user, pool, member).ifPresent(missing::add);
      }
    }
    if (!user.isAbstract()) {
      unimplemented(user).forEach(name -> missing.add(className + " does not implement " + name));
    }
    return missing;
  }

  /** The class of an array's elements; empty if these are no objects. */
  private static String element(String name) {
    if (!name.startsWith("[")) {
      return name;
    }
    String type = name.replaceFirst("^\\[+", "");
    return type.startsWith("L") ? type.substring(1, type.length() - 1) : "";
  }

  private Optional<String> check(JavaClass user, ConstantPool pool, ConstantCP member) {
    String owner = pool.constantToString(member.getClassIndex(), Const.CONSTANT_Class);
    owner = owner.replace('.', '/');
    if (owner.startsWith("[") || owner.startsWith("java/lang/invoke/")) {
      return Optional.empty(); // Arrays have Object's methods; handles take any arguments.
    }
    ConstantNameAndType named =
        (ConstantNameAndType) pool.getConstant(member.getNameAndTypeIndex());
    String name = named.getName(pool) + named.getSignature(pool);
    Optional<JavaClass> type = find(owner);
    if (type.isEmpty()) {
      return Optional.empty(); // Told with the class.
    }
    boolean isField = member.getTag() == Const.CONSTANT_Fieldref;
    boolean ofInterface = member.getTag() == Const.CONSTANT_InterfaceMethodref;
    Function<JavaClass, FieldOrMethod[]> members =
        isField ? JavaClass::getFields : JavaClass::getMethods;
    String wanted = user.getClassName().replace('.', '/') + " calls " + owner + "." + name;
    if (!isField && type.get().isInterface() != ofInterface) {
      return Optional.of(wanted + " of " + (ofInterface ? "an interface" : "a class"));
    }
    for (JavaClass from : supertypes(type.get())) {
      for (FieldOrMethod there : members.apply(from)) {
        if (name(there).equals(name) && (!there.isPrivate() || nest(from).equals(nest(user)))) {
          return Optional.empty();
        }
      }
    }
    return Optional.of(wanted);
  }

  /** The classes that may use each other's private members. */
  private static String nest(JavaClass type) {
    return type.getClassName().replaceFirst("\\$.*", "");
  }

  private Set<String> unimplemented(JavaClass type) {
    Set<String> wanted = new TreeSet<>();
    Set<String> implemented = new HashSet<>();
    for (JavaClass from : supertypes(type)) {
      for (Method method : from.getMethods()) {
        if (method.isAbstract()) {
          wanted.add(name(method));
        } else if (!method.isStatic() && !method.isPrivate()) {
          implemented.add(name(method));
        }
      }
    }
    wanted.removeAll(implemented);
    return wanted;
  }

  private static String name(FieldOrMethod member) {
    return member.getName() + member.getSignature();
  }

  /** A class and all that it extends or implements, as far as the class path has them. */
  private Set<JavaClass> supertypes(JavaClass type) {
    Set<JavaClass> all = new LinkedHashSet<>();
    Deque<JavaClass> open = new ArrayDeque<>(List.of(type));
    while (!open.isEmpty()) {
      JavaClass next = open.remove();
      if (all.add(next)) {
        find(next.getSuperclassName().replace('.', '/')).ifPresent(open::add);
        for (String name : next.getInterfaceNames()) {
          find(name.replace('.', '/')).ifPresent(open::add);
        }
      }
    }
    return all;
  }

  private Optional<JavaClass> find(String name) {
    return classes.computeIfAbsent(name, this::read);
  }

  private Optional<JavaClass> read(String name) {
    String file = name + ".class";
    try (InputStream in = files.getResourceAsStream(file)) {
      return in == null ? Optional.empty() : Optional.of(new ClassParser(in, file).parse());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    files.close();
  }
}
