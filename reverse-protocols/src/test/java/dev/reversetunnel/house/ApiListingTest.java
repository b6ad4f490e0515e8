package dev.reversetunnel.house;

import dev.reversetunnel.testkit.ApiListing;
import dev.reversetunnel.vmess.Vmess;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class ApiListingTest {
    @Test
    void public_api_is_the_committed_one() throws IOException {
        ApiListing.verify(Vmess.class, "reverse-protocols");
    }
}
