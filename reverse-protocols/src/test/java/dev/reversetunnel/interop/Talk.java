package dev.reversetunnel.interop;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What a visitor and an origin say to each other, made of a seed: a few steps, each over when everything has arrived,
 * and an end, which somebody makes.
 *
 * @param seed also of the bytes
 * @param steps in their order
 * @param end the last one
 */
record Talk(long seed, List<Step> steps, End end) {
    /** How much travels, both ways at once. */
    record Step(int up, int down) {
        @Override
        public String toString() {
            return up + "/" + down;
        }
    }

    /** Who ends it. */
    enum End {
        VISITOR_CLOSES,
        ORIGIN_CLOSES,
        /** Right behind bytes that nobody has confirmed. */
        VISITOR_SENDS_AND_CLOSES,
        ORIGIN_SENDS_AND_CLOSES,
        VISITOR_RESETS,
        ORIGIN_RESETS,
        /** And the origin answers; needs no end to know what was said. */
        VISITOR_ENDS_HIS_OUTPUT
    }

    private static final int MOST_STEPS = 6;
    private static final int[] SIZES = {0, 1, 100, 2_048, 8_192, 8_193, 65_536, 200_000};

    static Talk of(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Step> steps = new ArrayList<>();
        for (int i = random.nextInt(MOST_STEPS) + 1; i > 0; i--) {
            steps.add(new Step(size(random), size(random)));
        }
        steps.add(new Step(size(random), size(random))); // what the end takes along
        return new Talk(seed, steps, End.values()[random.nextInt(End.values().length)]);
    }

    /** Near one of the sizes at which somebody cuts. */
    private static int size(SplittableRandom random) {
        int size = SIZES[random.nextInt(SIZES.length)];
        return size + random.nextInt(size / 8 + 1);
    }

    /** The steps of which each is over before the next one begins. */
    List<Step> confirmed() {
        return steps.subList(0, steps.size() - 1);
    }

    /** How much travels at the end. */
    Step last() {
        return steps.get(steps.size() - 1);
    }

    @Override
    public String toString() {
        return "seed " + seed + ": " + confirmed() + ", " + end + " with " + last();
    }
}
