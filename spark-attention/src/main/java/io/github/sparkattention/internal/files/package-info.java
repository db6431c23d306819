/**
 * Files on any file system that Hadoop knows: paths as users write them, versions of files, and the
 * weights in them.
 */
package io.github.sparkattention.internal.files;
