package io.github.sparkattention.internal.spark;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import scala.collection.JavaConverters;
import scala.collection.Seq;
import scala.collection.mutable.Buffer;

/** What Scala 2.13 has as a class of this name, and Scala 2.12 lacks: views for Java and back. */
public final class CollectionConverters {
  private CollectionConverters() {}

  /** A Scala sequence as a list. */
  public static <T> List<T> asJava(Seq<T> sequence) {
    return JavaConverters.seqAsJavaList(sequence);
  }

  /** A Scala map as a map. */
  public static <K, V> Map<K, V> asJava(scala.collection.Map<K, V> map) {
    return JavaConverters.mapAsJavaMap(map);
  }

  /** A Scala iterator as an iterator. */
  public static <T> Iterator<T> asJava(scala.collection.Iterator<T> iterator) {
    return JavaConverters.asJavaIterator(iterator);
  }

  /** A list as a Scala sequence. */
  public static <T> Buffer<T> asScala(List<T> list) {
    return JavaConverters.asScalaBuffer(list);
  }

  /** An iterator as a Scala iterator. */
  public static <T> scala.collection.Iterator<T> asScala(Iterator<T> iterator) {
    return JavaConverters.asScalaIterator(iterator);
  }
}
