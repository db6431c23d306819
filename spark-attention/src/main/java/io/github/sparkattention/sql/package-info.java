/**
 * What users of SQL and of columns name: functions, and the extensions that bring them into a
 * session.
 */
package io.github.sparkattention.sql;
