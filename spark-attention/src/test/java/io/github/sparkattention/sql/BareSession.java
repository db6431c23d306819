package io.github.sparkattention.sql;

import io.github.sparkattention.LocalSpark;
import java.io.IOException;
import java.net.URL;
import java.util.Collections;
import java.util.Enumeration;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.SparkSessionExtensionsProvider;

/** Sessions of the tests' application that were built before our classes were on the class path. */
final class BareSession {
  private BareSession() {}

  static SparkSession create() {
    SparkSession usual = LocalSpark.session();
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    SparkSession.clearActiveSession();
    SparkSession.clearDefaultSession();
    Thread.currentThread().setContextClassLoader(new WithoutExtensions(loader));
    try {
      SparkSession session = SparkSession.builder().getOrCreate();
      session.range(1).collectAsList();
      return session;
    } finally {
      Thread.currentThread().setContextClassLoader(loader);
      SparkSession.setDefaultSession(usual);
      SparkSession.setActiveSession(usual);
    }
  }

  /** Hides what Spark finds the extensions by. */
  private static final class WithoutExtensions extends ClassLoader {
    WithoutExtensions(ClassLoader parent) {
      super(parent);
    }

    @Override
    public Enumeration<URL> getResources(String name) throws IOException {
      return name.equals("META-INF/services/" + SparkSessionExtensionsProvider.class.getName())
          ? Collections.emptyEnumeration()
          : super.getResources(name);
    }
  }
}
