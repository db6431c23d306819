#!/usr/bin/perl
# Writes unicode.txt, the tables that decide how texts are split into tokens.
#
#   perl spark-attention/src/test/unicode/unicode-tables.pl \
#     > spark-attention/src/main/resources/io/github/sparkattention/text/unicode.txt
#
# Tables of the JDK change with its version, and executors with different JDKs would give different
# ids. Each table here is that of the Unicode version which Hugging Face's tokenizers use for the same
# question, so that ids are equal to theirs. Made with Perl 5.36, whose tables are Unicode 14 and know
# in which version a code point was added.
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
# space, letter and number are those of Unicode 14; punctuation, mark (Mn) and control (Cc, Cf and Co)
# those of Unicode 8; lower those of Unicode 14; decomposition (canonical, one step; * where it does not compose again) and class (of combining
# characters that have one) those of Unicode 9.
HEAD

ranges('space', grep { chr($_) =~ /\p{White_Space}/ } @all);
ranges('letter', grep { chr($_) =~ /\p{L}/ } @all);
ranges('number', grep { chr($_) =~ /\p{N}/ } @all);
ranges('punctuation', in8(qr/\p{P}/, qr/^P/));
ranges('mark', in8(qr/\p{Mn}/, qr/^Mn/));
ranges('control', in8(qr/\p{Cc}|\p{Cf}|\p{Co}/, qr/^C[cfo]/));

# Runs of code points with one distance to their lower case, next to each other or in every second place.
my @runs;
for my $point (@all) {
  my $lower = lc chr $point;
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
