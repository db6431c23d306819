package io.github.sparkattention.kernels.files;

import io.github.sparkattention.kernels.files.SafeTensors.Sink;
import io.github.sparkattention.kernels.files.SafeTensorsHeader.Entry;
import java.io.IOException;
import java.util.Set;

/** Named tensors in files, of whatever format. What there is, is known before any data is read. */
public interface TensorSource {

  /**
   * The name of the file or of the index, for messages.
   *
   * @return the name
   */
  String source();

  /**
   * The name of the file that a tensor is in, for messages.
   *
   * @param name name of a tensor
   * @return the file's name; {@link #source()} if there is no such tensor
   */
  String source(String name);

  /**
   * The names of all tensors.
   *
   * @return names, in the order of their data
   */
  Set<String> names();

  /**
   * What is said of a tensor.
   *
   * @param name name of a tensor
   * @return its type, shape and place, or null if there is no such tensor
   */
  Entry entry(String name);

  /**
   * Whether the file keeps a map as [in, out], and not as [out, in].
   *
   * @param name name of the map's weight
   * @param usual whether files of this family of models do
   * @return what is known of this file, or else what is usual
   */
  default boolean isTransposed(String name, boolean usual) {
    return usual;
  }

  /**
   * Whether each tensor has its name in the files, so that one without is not there.
   *
   * @return whether nothing is there without a name
   */
  default boolean namesAll() {
    return true;
  }

  /**
   * What to do where tensors are missing.
   *
   * @return words to be appended to a message, or none
   */
  default String advice() {
    return "";
  }

  /**
   * Reads tensors of floats, one by one.
   *
   * @param names the names of tensors that are there
   * @param sink takes each
   * @throws SafeTensorsException if the files have changed
   * @throws IOException if reading fails
   */
  void read(Set<String> names, Sink sink) throws IOException;

  /**
   * The tensors of safetensors files.
   *
   * @param tensors the files, whose headers were read
   * @return their tensors
   */
  static TensorSource of(ModelTensors tensors) {
    return new TensorSource() {
      @Override
      public String source() {
        return tensors.source();
      }

      @Override
      public String source(String name) {
        return tensors.source(name);
      }

      @Override
      public Set<String> names() {
        return tensors.names();
      }

      @Override
      public Entry entry(String name) {
        return tensors.entry(name);
      }

      @Override
      public String advice() {
        return tensors.isLoneShard()
            ? "; this shard was given without the others, so name their index "
                + ModelTensors.INDEX
                + " or its folder instead"
            : "";
      }

      @Override
      public void read(Set<String> names, Sink sink) throws IOException {
        tensors.read(names, sink);
      }
    };
  }
}
