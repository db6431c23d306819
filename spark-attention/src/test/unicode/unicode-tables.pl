#!/usr/bin/perl
# Writes unicode.txt, the tables that decide how texts are split into tokens.
#
#   perl spark-attention/src/test/unicode/unicode-tables.pl \
#     > spark-attention/src/main/resources/io/github/sparkattention/internal/pieces/unicode.txt
#
# Tables of the JDK change with its version, and executors with different JDKs would give different
# ids. Each table here is that of the Unicode version which Hugging Face's tokenizers use for the same
# question, so that ids are equal to theirs. Made with Perl 5.36, whose tables are Unicode 14 and know
# in which version a code point was added. What came with Unicode 15 and 16 is listed, as JDK 25 has it.
use strict;
use warnings;
use feature 'unicode_strings';
use Unicode::Normalize qw(NFC NFD);
use Unicode::UCD qw(charinfo);

Unicode::UCD::UnicodeVersion() eq '14.0.0' or die "wants the tables of Unicode 14.0.0, has " . Unicode::UCD::UnicodeVersion();
binmode STDOUT, ':encoding(ASCII)';

my @all = grep { $_ < 0xD800 || $_ > 0xDFFF } 0 .. 0x10FFFF;

# Categories that Unicode has changed since version 8.
my %in8 = (0x166D => 'Po', 0x1734 => 'Mn', 0x1885 => 'Lo', 0x1886 => 'Lo', 0xA9BD => 'Mc', 0x111C9 => 'Po');

my @present8 = grep { chr($_) =~ /\p{Present_In: 8.0}/ } @all;
my @present9 = grep { chr($_) =~ /\p{Present_In: 9.0}/ } @all;

my @newLetters = expand(qw(
  1C89-1C8A A7CB-A7CD A7DA-A7DC 105C0-105F3 10D4A-10D65 10D6F-10D85 10EC2-10EC4 1123F-11240 11380-11389
  1138B 1138E 11390-113B5 113B7 113D1 113D3 11BC0-11BE0 11F02 11F04-11F10 11F12-11F33 1342F 13441-13446
  13460-143FA 16100-1611D 16D40-16D6C 18CFF 1B132 1B155 1DF25-1DF2A 1E030-1E06D 1E4D0-1E4EB 1E5D0-1E5ED
  1E5F0 2B739 2EBF0-2EE5D 31350-323AF));
my @newNumbers = expand(qw(
  10D40-10D49 116D0-116E3 11BF0-11BF9 11F50-11F59 16130-16139 16D70-16D79 1CCF0-1CCF9 1D2C0-1D2D3
  1E4F0-1E4F9 1E5F1-1E5FA));
my %newLower = (0x1C89 => 0x1C8A, 0xA7CB => 0x264, 0xA7CC => 0xA7CD, 0xA7DA => 0xA7DB, 0xA7DC => 0x19B,
  map { $_ => $_ + 0x20 } 0x10D50 .. 0x10D65);

sub expand {
  return map { my ($from, $to) = split /-/; hex($from) .. hex($to // $from) } @_;
}

sub in8 {
  my ($pattern, $category) = @_;
  return grep { exists $in8{$_} ? $in8{$_} =~ $category : chr($_) =~ $pattern } @present8;
}

sub ranges {
  my ($name, @points) = @_;
  my @ranges;
  for my $point (@points) {
    if (@ranges && $ranges[-1][1] == $point - 1) {
      $ranges[-1][1] = $point;
    } else {
      push @ranges, [$point, $point];
    }
  }
  lines($name, map { $_->[0] == $_->[1] ? sprintf('%X', $_->[0]) : sprintf('%X-%X', @$_) } @ranges);
}

sub lines {
  my ($name, @entries) = @_;
  while (my @some = splice @entries, 0, 10) {
    print "$name @some\n";
  }
}

print <<'HEAD';
# Made by src/test/unicode/unicode-tables.pl, which says why there are such tables.
# space, letter, number and lower are those of Unicode 16; punctuation, mark (Mn) and control (Cc, Cf and Co)
# those of Unicode 8; decomposition (canonical, one step; * where it does not compose again) and class (of combining
# characters that have one) those of Unicode 9.
HEAD

ranges('space', grep { chr($_) =~ /\p{White_Space}/ } @all);
ranges('letter', sort { $a <=> $b } @newLetters, grep { chr($_) =~ /\p{L}/ } @all);
ranges('number', sort { $a <=> $b } @newNumbers, grep { chr($_) =~ /\p{N}/ } @all);
ranges('punctuation', in8(qr/\p{P}/, qr/^P/));
ranges('mark', in8(qr/\p{Mn}/, qr/^Mn/));
ranges('control', in8(qr/\p{Cc}|\p{Cf}|\p{Co}/, qr/^C[cfo]/));

# Runs of code points with one distance to their lower case, next to each other or in every second place.
my @runs;
for my $point (@all) {
  my $lower = $newLower{$point} ? chr $newLower{$point} : lc chr $point;
  next if $lower eq chr $point || length $lower > 1;
  my $distance = ord($lower) - $point;
  my $run = $runs[-1];
  if ($run && $run->{distance} == $distance) {
    my $step = $point - $run->{to};
    if ($step <= 2 && ($run->{step} == 0 || $run->{step} == $step)) {
      $run->{to} = $point;
      $run->{step} = $step;
      next;
    }
  }
  push @runs, {from => $point, to => $point, step => 0, distance => $distance};
}
lines('lower', map {
  sprintf('%X-%X/%d%s%X', $_->{from}, $_->{to}, $_->{step} || 1, $_->{distance} < 0 ? '-' : '+', abs $_->{distance})
} @runs);

my @decompositions;
for my $point (@present9) {
  next if $point >= 0xAC00 && $point <= 0xD7A3; # Hangul syllables are computed.
  next if NFD(chr $point) eq chr $point;
  my $parts = charinfo($point)->{decomposition};
  $parts =~ /^[0-9A-F ]+$/ or die sprintf 'U+%X decomposes to %s', $point, $parts;
  my $composes = NFC(NFD(chr $point)) eq chr $point;
  push @decompositions, sprintf('%X=%s%s', $point, join('+', map { sprintf '%X', hex } split / /, $parts), $composes ? '' : '*');
}
lines('decomposition', @decompositions);

my %numbers = do {
  my %byName;
  for my $point (@all) {
    my $class = Unicode::Normalize::getCombinClass($point);
    push @{$byName{$class}}, $point if $class;
  }
  %byName;
};
my %there = map { $_ => 1 } @present9;
for my $class (sort { $a <=> $b } keys %numbers) {
  ranges("class $class", grep { $there{$_} } @{$numbers{$class}});
}
