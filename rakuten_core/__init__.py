"""Classification of Rakuten France products into 27 product types."""
